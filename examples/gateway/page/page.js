// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

// Draws the cameras: numbers from /metrics, states and incidents from /cameras.json, stills.
"use strict";

const PERIOD = 1000; // milliseconds between two looks
const STILL_PERIOD = 3; // looks between two stills
const TIME_LINE = 600; // seconds

let looks = 0;

// The numbers of Prometheus' text format: {camera: {name: value}}.
function parseMetrics(text) {
  const numbers = {};
  for (const line of text.split("\n")) {
    const match = /^featuredistill_gateway_(\w+)\{camera="([^"]*)"\} (\S+)$/.exec(line);
    if (match) (numbers[match[2]] ??= {})[match[1]] = parseFloat(match[3]);
  }
  return numbers;
}

function cardOf(name) {
  const id = "camera-" + name;
  let card = document.getElementById(id);
  if (!card) {
    card = document.getElementById("camera").content.firstElementChild.cloneNode(true);
    card.id = id;
    card.querySelector(".name").textContent = name;
    document.getElementById("cameras").append(card);
  }
  return card;
}

function digits(value, count, unit = "") {
  return Number.isFinite(value) ? value.toFixed(count) + unit : "–";
}

// The words for what goes on, the worse first; none where nothing does.
function causeOf(incidents) {
  const causes = incidents.filter((i) => i.end === null).map((i) => i.cause);
  const words = { tampering: "tampering", digest: "unknown digest", replay: "replay", margin: "small margin" };
  return Object.keys(words).filter((cause) => causes.includes(cause)).map((cause) => words[cause])[0] ?? null;
}

function draw(camera, numbers) {
  const card = cardOf(camera.name);
  const show = (name, text) => { card.querySelector("." + name).textContent = text; };
  const state = causeOf(camera.incidents) ?? camera.state;
  show("state", state);
  card.querySelector(".state").className = "state " + state.replaceAll(" ", "-");
  show("address", camera.address + " · " + camera.filter);
  show("frames_per_second", digits(numbers.frames_per_second, 1));
  show("latency", digits(1000 * numbers.latency_seconds, 0, " ms"));
  show("margin", digits(numbers.margin, 2));
  show("rms_change", digits(numbers.rms_change, 2));
  show("incidents_total", digits(numbers.incidents_total, 0));
  drawDigests(card.querySelector(".digests"), numbers);
  drawIncidents(card.querySelector(".line"), camera.incidents);
  if (!(numbers.up > 0)) {
    card.querySelector(".stills").hidden = true;
  } else if (looks % STILL_PERIOD === 0) {
    loadStills(card, `still/${camera.name}/`);
  }
}

// Loads a pair, in the order that makes it one of the same frame. The first requests find none yet.
function loadStills(card, folder) {
  const load = (side, then) => {
    const picture = card.querySelector("." + side).cloneNode();
    picture.onload = () => then(picture);
    picture.src = `${folder}${side}.jpg?${Date.now()}`;
  };
  load("before", (before) => load("after", (after) => {
    card.querySelector(".before").replaceWith(before);
    card.querySelector(".after").replaceWith(after);
    card.querySelector(".stills").hidden = false;
  }));
}

// Frames that were found among the source's digests, of those that were compared; hidden where none are.
function drawDigests(number, numbers) {
  const counts = ["verified", "unknown", "replayed", "unverified"].map((name) => numbers[`digests_${name}_total`] ?? 0);
  const total = counts.reduce((sum, count) => sum + count, 0);
  number.textContent = `${counts[0]} of ${total}`;
  number.parentElement.hidden = total === 0;
}

function drawIncidents(line, incidents) {
  const now = Date.now() / 1000;
  const start = now - TIME_LINE;
  const bars = incidents.filter((i) => (i.end ?? now) > start).map((incident) => {
    const bar = document.createElement("i");
    bar.className = incident.cause === "margin" ? "small-margin" : "tampering";
    const from = Math.max(incident.start, start);
    const share = (seconds) => (100 * seconds) / TIME_LINE + "%";
    bar.style.left = share(from - start);
    bar.style.width = share((incident.end ?? now) - from);
    const since = new Date(1000 * incident.start).toLocaleTimeString();
    const measure = { tampering: "RMS change", margin: "margin" }[incident.cause];
    bar.title = `${since}, ` + (measure ? `${measure} ${incident.worst.toFixed(2)}` : incident.cause);
    return bar;
  });
  line.replaceChildren(...bars);
  line.ariaLabel = bars.length + (bars.length === 1 ? " incident" : " incidents") + " in the last 10 minutes";
}

async function fetchText(address) {
  const response = await fetch(address, { signal: AbortSignal.timeout(5000) });
  if (!response.ok) throw new Error(`${address}: ${response.status}`);
  return response.text();
}

async function look() {
  const trouble = document.getElementById("trouble");
  try {
    const [metrics, list] = await Promise.all([fetchText("metrics"), fetchText("cameras.json")]);
    const numbers = parseMetrics(metrics);
    for (const camera of JSON.parse(list).cameras) draw(camera, numbers[camera.name] ?? {});
    trouble.textContent = "";
    looks += 1;
  } catch (error) {
    trouble.textContent = "No answer from the gateway: what is shown is old.";
  }
  setTimeout(look, PERIOD);
}

look();
