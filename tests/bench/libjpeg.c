/* Copyright (C) 2026 The gst-plugin-featuredistill authors
 *
 * This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
 * If a copy of the MPL was not distributed with this file, You can obtain one at
 * <https://mozilla.org/MPL/2.0/>.
 *
 * SPDX-License-Identifier: MPL-2.0
 */

/* The yardstick of the kernels: libjpeg-turbo's own functions in AVX2 or NEON, chained to a round trip.
 *
 * The functions are internal to the library, but its static archive has their symbols. No entropy
 * coding, no colour, no call through a table of functions: nothing but what a round trip needs.
 *
 * Standard input gives 64 steps (one byte each, natural order) and SIDE x SIDE samples; then come
 * 64-bit numbers of round trips to make, each answered with the nanoseconds that they took. Zero is
 * answered with the samples after one round trip, so that the caller can see that they are right.
 */
#define _POSIX_C_SOURCE 200809L
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <jpeglib.h>

#define SIDE 512

typedef int16_t Element; /* the library's DCTELEM where it has SIMD */

#ifdef __aarch64__
#define SIMD(name) jsimd_##name##_neon
#else
#define SIMD(name) jsimd_##name##_avx2
#endif

void SIMD(convsamp)(JSAMPARRAY samples, JDIMENSION column, Element *workspace);
void SIMD(fdct_islow)(Element *workspace);
void SIMD(quantize)(JCOEFPTR block, Element *divisors, Element *workspace);
void SIMD(idct_islow)(void *steps, JCOEFPTR block, JSAMPARRAY samples, JDIMENSION column);

static _Alignas(64) JSAMPLE source[SIDE][SIDE], result[SIDE][SIDE];
static _Alignas(64) uint16_t divisors[4][DCTSIZE2]; /* reciprocals, corrections, scales, shifts */
static _Alignas(64) int16_t steps[DCTSIZE2];

/* As compute_reciprocal() of jcdctmgr.c does for 16-bit elements. */
static void set_divisor(int index, unsigned divisor)
{
  int bits = 31 - __builtin_clz(divisor), shift = 16 + bits;
  uint32_t quotient = (1u << shift) / divisor, rest = (1u << shift) % divisor;
  uint16_t correction = divisor / 2;
  if (rest == 0) { /* a power of two */
    quotient >>= 1;
    shift--;
  } else if (rest <= divisor / 2) {
    correction++;
  } else {
    quotient++;
  }
  divisors[0][index] = quotient;
  divisors[1][index] = correction;
  divisors[2][index] = 1u << (32 - shift);
  divisors[3][index] = shift - 16;
}

static void round_trip(void)
{
  static _Alignas(64) Element workspace[DCTSIZE2];
  static _Alignas(64) JCOEF block[DCTSIZE2];
  for (int y = 0; y < SIDE; y += DCTSIZE) {
    JSAMPROW in[DCTSIZE], out[DCTSIZE];
    for (int row = 0; row < DCTSIZE; row++) {
      in[row] = source[y + row];
      out[row] = result[y + row];
    }
    for (int x = 0; x < SIDE; x += DCTSIZE) {
      SIMD(convsamp)(in, x, workspace);
      SIMD(fdct_islow)(workspace);
      SIMD(quantize)(block, (Element *)divisors, workspace);
      SIMD(idct_islow)(steps, block, out, x);
    }
  }
}

static uint64_t nanoseconds(void)
{
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void answer(const void *bytes, size_t size)
{
  if (fwrite(bytes, size, 1, stdout) != 1 || fflush(stdout) != 0)
    exit(EXIT_FAILURE);
}

int main(void)
{
  uint8_t table[DCTSIZE2];
  if (fread(table, sizeof(table), 1, stdin) != 1 || fread(source, sizeof(source), 1, stdin) != 1)
    return EXIT_FAILURE;
  for (int i = 0; i < DCTSIZE2; i++) {
    steps[i] = table[i];
    set_divisor(i, table[i] * 8u);
  }
  uint64_t count;
  while (fread(&count, sizeof(count), 1, stdin) == 1) {
    if (count == 0) {
      round_trip();
      answer(result, sizeof(result));
      continue;
    }
    uint64_t begin = nanoseconds();
    for (uint64_t i = 0; i < count; i++)
      round_trip();
    uint64_t elapsed = nanoseconds() - begin;
    answer(&elapsed, sizeof(elapsed));
  }
  return EXIT_SUCCESS;
}
