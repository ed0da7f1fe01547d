// internal: the samples of a user's own files, before they are split, scaled and put in order.
#pragma once

#include <string>
#include <vector>

#include "lively/data/dataset.h"
#include "lively/data/words.h"
#include "lively/tensor/random.h"

namespace lively::detail {

// Samples as a file has them.
struct Samples {
  std::string from{};                  // where their classes stand, for messages
  Tensor inputs{};                     // uint8, float32 or float64 [N, C, H, W]
  Tensor labels{};                     // int64 [N], places in `classes`; undefined: there are none
  std::vector<std::string> classes{};  // sorted: by value where all are numbers, else by bytes
  std::vector<std::string> columns{};  // what a table calls its columns; empty: not said
  ColumnWords words{};                 // of a table's columns
  bool one_hot = false;                // did the classes stand in one-hot rows?
  std::vector<std::string> names{};    // of the samples; empty: they have none
  int64_t left_out = 0;                // columns without a name

  int64_t size() const { return inputs.size(0); }
};

// A name from a file, as it may be printed and stored: UTF-8 without control characters.
std::string printable(std::string text);

// The text and "a, b, c", cut short where the names are long.
std::string names_text(std::string text, const std::vector<std::string>& names);

// Fills in classes and labels from what each sample has. Throws DataError if they are too many to
// be classes.
void name_classes(const std::vector<std::string>& targets, Samples& samples);

// The same samples with labels by these classes. Throws DataError, with the class, if they have one
// that is none of these.
void relabel(Samples& samples, const std::vector<std::string>& classes, const std::string& whose);

// These samples, in this order.
Samples chosen(const Samples& samples, const std::vector<int64_t>& indices);

struct Halves {
  std::vector<int64_t> train, test;
};
// Cuts a set in two at random. Each class gives that share of its samples to the test set, as
// nearly as whole numbers allow, and keeps at least one. Both halves are in random order.
Halves halves(const Samples& samples, double share, Seed seed);

}  // namespace lively::detail
