#pragma once

#include "apps/lab/recipe/repair_setting.h"
#include "apps/lab/run/training.h"

namespace lively::lab {

// Unit surgery in the middle of a training: by the census of the first 10,000 training images, in
// evaluation mode, as `setting` says. The optimizer forgets what it knew of the weights that were
// written. `turn` tells one repair of a training from the next. Says what was done.
Repaired repair_units(Module& model, Optimizer& optimizer, const ImageDataset& train,
    const RepairSetting& setting, Seed seed, int64_t turn);

// What the recipe's --repair asks for before an epoch begins, with `epochs` behind it; tells
// `t.out`. Gives whether something was written. Nothing before the first, nor in the middle of one,
// so a run that goes on from a checkpoint does what one does that never stopped.
bool repair_before_epoch(Training& t, int64_t epochs);

}  // namespace lively::lab
