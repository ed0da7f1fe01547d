#pragma once

#include "lively/data/dataset.h"
#include "lively/tensor/random.h"

namespace lively {

// Handwriting-like digits, 28 x 28, classes 0 to 9 in equal shares: drawn from strokes, with bent,
// slanted, shifted and resized forms, pens of all widths and stray marks. Picture i depends on the
// seed and i alone and has the same bits on every x86-64, whatever the number of threads.
//
// Returns pictures first … first + count - 1, so that two ranges that do not overlap are a training
// and a test set. Throws ValueError if a number is negative.
ImageDataset synthetic_digits(int64_t first, int64_t count, Seed seed = Seed{1});

}  // namespace lively
