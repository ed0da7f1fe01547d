#include "apps/lab/run/training.h"

#include <algorithm>

#include "lively/data/transform.h"
#include "lively/tensor/threads.h"

namespace lively::lab {
namespace {

// Shifts of up to an eighth of the picture, 4 pixels of 32 as He et al. (2016).
Transform augmentation(const Settings& s, const ImageDataset& train) {
  const Transform crop = pad_crop(train.sample_shape()[2] / 8), flip = horizontal_flip();
  if (s.augment == "crop") return crop;
  if (s.augment == "flip") return flip;
  if (s.augment == "both") return compose({crop, flip});
  return {};
}

// A last batch of one sample is left out where batch norm needs two values a unit.
bool drops_last(const Settings& s, int64_t samples) {
  return s.architecture == Architecture::mlp && s.norm != "none" && samples > s.batch_size &&
         samples % s.batch_size == 1;
}

LoaderOptions batches_of(const Settings& s, const ImageDataset& train) {
  return {.batch_size = s.batch_size,
      .shuffle = true,
      .drop_last = drops_last(s, train.size()),
      .seed = Seed{s.order_seed ? s.order_seed : s.seed},
      .transform = augmentation(s, train),
      .prefetch = s.augment != "none" && threads() > 1};
}

}  // namespace

Training::Training(Module& of, Optimizer& moved_by, const Settings& settings,
    const DataSplits& splits, Sink& sink, Team* shared_by)
    : recipe(settings),
      plant(Plant::parse(recipe.plant)),
      data(plant.planted(splits, Seed{recipe.seed})),
      model(of),
      optimizer(moved_by),
      parameters(model.parameters()),
      loader(data.train, batches_of(recipe, data.train)),
      schedule(make_schedule(recipe.schedule, planned_steps(), recipe.warmup, loader.batches())),
      log_interval(recipe.log_interval ? recipe.log_interval
                                       : std::clamp<int64_t>(planned_steps() / 100, 1, 100)),
      out(sink),
      team(shared_by) {
  plant.check(model, planned_steps(), data);
}

}  // namespace lively::lab
