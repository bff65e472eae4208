// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0
//! The command line.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

const USAGE: &str = "usage: classify MODEL.onnx CLIP|PICTURE|FOLDER [OPTIONS]

  --filter \"PROPERTIES\"   properties of featuredistill, for example \"preset=certified epsilon=1\"
  --at-decoder            filter the decoder's frames, before they are scaled and converted: for the
                          second pass over a clip that was settled at its source
  --labels FILE           names of the classes, one a line
  --save FOLDER           write the network's unfiltered frames as PNG
  --all                   print every frame, not only those where a label changes";

/// Values of the command line.
pub struct Options {
    pub model: PathBuf,
    /// A clip, a picture, or a folder of pictures.
    pub input: PathBuf,
    /// Properties of `featuredistill` in the syntax of `gst-launch-1.0`.
    pub filter: String,
    pub at_decoder: bool,
    pub labels: Option<PathBuf>,
    pub save: Option<PathBuf>,
    pub all: bool,
}

impl Options {
    pub fn parse(mut args: impl Iterator<Item = String>) -> Result<Self> {
        let mut files = Vec::new();
        let mut filter = String::new();
        let (mut labels, mut save) = (None, None);
        let (mut at_decoder, mut all) = (false, false);
        while let Some(arg) = args.next() {
            match arg.as_str() {
                "--filter" => filter = args.next().context("--filter needs properties")?,
                "--labels" => labels = Some(args.next().context("--labels needs a file")?.into()),
                "--save" => save = Some(args.next().context("--save needs a folder")?.into()),
                "--at-decoder" => at_decoder = true,
                "--all" => all = true,
                "--help" | "-h" => {
                    println!("{USAGE}");
                    std::process::exit(0);
                }
                option if option.starts_with("--") => bail!("unknown option {option}\n\n{USAGE}"),
                _ => files.push(PathBuf::from(arg)),
            }
        }
        let Ok([model, input]) = <[PathBuf; 2]>::try_from(files) else {
            bail!("{USAGE}");
        };
        Ok(Self {
            model,
            input,
            filter,
            at_decoder,
            labels,
            save,
            all,
        })
    }
}
