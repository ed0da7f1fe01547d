#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lively/data/dataset.h"
#include "lively/data/scaling.h"
#include "lively/tensor/random.h"

namespace lively {

enum class DataFormat { synthetic, points, idx, cifar10, pictures, arrays, table };

// Where the samples to learn from are. For programs: `load_data(find_data(argument of --data))`.
struct DataSource {
  DataFormat format = DataFormat::synthetic;
  std::string folder;  // or files, as they were spelled; empty for what is generated
  std::string points;  // which of circles, moons and blobs
  // To train on, and to test on. IDX: images, then labels; CIFAR-10: batches; pictures: a folder;
  // a table: a file; arrays: a file, or x and y. Of the last three the second may be empty.
  std::vector<std::string> train, test;
  std::string looked;  // every place that was tried, in order, and why it was not it
};

// Looks in `wanted` (--data), else in $LIVELY_DATA, else in ./data, ./data/fashion-mnist and
// ./data/mnist, else in `system_folder`, for the four IDX files of MNIST and its relatives
// (train-images-idx3-ubyte …), or, there or in the folder cifar-10-batches-bin there, for the six
// binary files of CIFAR-10 (data_batch_1.bin …); plain or with .gz. `wanted` and $LIVELY_DATA may
// be the word "synthetic", or for points in the plane "circles", "moons" or "blobs"; a folder of
// pictures, one folder a class, or with two such folders named train and test (or val, valid,
// validation); a table (.csv, .tsv or .txt, also packed: .gz) or two of them, to train and to test
// on, "a.csv,b.csv"; an .npz; "x.npy,y.npy", or four of these. A place that was named must have the
// files; it is never passed over in silence. Throws DataError, with the places and a hint, if there
// are none.
DataSource find_data(std::string_view wanted = {},
    std::string_view system_folder = "/usr/share/datasets/fashion-mnist");

// What samples are made of, which a model must know to be asked about others.
struct DataForm {
  bool pixels = true;                  // from 0 to 1; else numbers of any size
  std::vector<std::string> classes{};  // their names, by label; empty: class_names of the set
  std::vector<std::string> columns{};  // what a table calls its numbers; empty: it does not
  Scaling scaling{};                   // what was done to the numbers
};

// What the files alone do not say.
struct DataOptions {
  std::string target{};            // of a table: the column with the classes, its name or from 1 on
  double test_share = 0.2;         // to test on, where the files have no such set
  Seed split_seed{1};              // of that choice, and of the order of the samples
  int64_t height = 0, width = 0;   // pictures are made so large; 0: they keep their size
  const DataForm* form = nullptr;  // of a model, in place of what the training set says
  Shape sample{};                  // with it, [C, H, W]: pictures of a folder are made so
  bool whole = false;  // not for training: nothing is split or put in another order, labels may be
                       // missing, and what would be split is both sets
};

struct DataSplits {
  // "Fashion-MNIST", "MNIST", "CIFAR-10", "synthetic digits", "circles", "moons", "blobs", "IDX"
  // for any other, or the name of the user's file or folder. Samples that are no pictures, points
  // or the lines of a table, are [1, 1, numbers].
  std::string name;
  ImageDataset train, test;
  std::string source{};  // where they lie, in words: the folder, "the built-in generator"
  DataForm form{};
  std::string found{};                 // how they were split, scaled and named, in words
  bool labelled = true;                // else all labels are 0
  std::vector<std::string> samples{};  // names of the test set's; empty: they have none
};

// Reads what was found. The user's own samples come in an order drawn by the seed; where there is
// no test set, one is drawn, which has each class in the same share. Numbers that are no pixels are
// standardised by the training set. Classes are numbered in the order of their names.
//
// Throws DataError if a file is damaged (with the row and column), if the two sets have samples of
// different shapes or classes, or a form does not fit; ValueError where an option does not.
[[nodiscard]] DataSplits load_data(const DataSource& source, const DataOptions& options = {});

}  // namespace lively
