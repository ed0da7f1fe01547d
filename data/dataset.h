#pragma once

#include <cstdint>
#include <span>

#include "lively/tensor/tensor.h"

namespace lively {

// Some samples of a data set, ready to train on: inputs are float32, pictures [N, C, H, W]
// with pixels from 0 to 1, labels int64 [N].
struct Batch {
  Tensor inputs;
  Tensor labels;

  int64_t size() const { return inputs.defined() ? inputs.size(0) : 0; }
};

// Samples with labels, found by index. `get` may be called by several threads at once.
class Dataset {
 public:
  virtual ~Dataset() = default;

  virtual int64_t size() const = 0;
  virtual Shape sample_shape() const = 0;  // without N: [C, H, W]
  virtual int64_t classes() const = 0;

  // The samples at these indices, in this order; an index may come twice.
  // Throws ValueError if one is not in [0, size()).
  virtual Batch get(std::span<const int64_t> indices) const = 0;
};

// Pictures held as bytes. A batch is made straight from them, pixel / 255, so the set never
// exists as floats (a quarter of the memory, and of the memory traffic of gathering). What is no
// picture but takes the place of one, a point in the plane, say, is held as floats and given as it
// is.
class ImageDataset final : public Dataset {
 public:
  // pixels: uint8 or float32 [N, C, H, W]; labels: int64 [N], each in [0, classes). Both shared
  // and not copied where they are row-major. Throws DtypeError, ShapeError or ValueError where they
  // are not so.
  ImageDataset(Tensor pixels, Tensor labels, int64_t classes);

  int64_t size() const override { return labels_.numel(); }
  Shape sample_shape() const override;
  int64_t classes() const override { return classes_; }
  Batch get(std::span<const int64_t> indices) const override;

  // The first n samples (all, if there are fewer), sharing the bytes. Throws ValueError if n < 0.
  ImageDataset first(int64_t n) const;
  // The same pictures, sharing the bytes, each pixel of sample i times brightness[i] on the way
  // into a batch: float32 [N]. Throws DtypeError or ShapeError.
  ImageDataset scaled(Tensor brightness) const;

  const Tensor& pixels() const { return pixels_; }
  const Tensor& labels() const { return labels_; }

 private:
  Tensor pixels_;
  Tensor labels_;
  int64_t classes_;
  Tensor brightness_;  // undefined: 1
};

// Samples held as floats: points, rows of a table, features.
class TensorDataset final : public Dataset {
 public:
  // inputs: float32 [N, …]; labels: int64 [N], each in [0, classes). Both row-major, shared and not
  // copied. Throws DtypeError, ShapeError or ValueError where they are not so.
  TensorDataset(Tensor inputs, Tensor labels, int64_t classes);

  int64_t size() const override { return labels_.numel(); }
  Shape sample_shape() const override;
  int64_t classes() const override { return classes_; }
  Batch get(std::span<const int64_t> indices) const override;

  const Tensor& inputs() const { return inputs_; }
  const Tensor& labels() const { return labels_; }

 private:
  Tensor inputs_;
  Tensor labels_;
  int64_t classes_;
};

}  // namespace lively
