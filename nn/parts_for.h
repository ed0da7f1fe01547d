#pragma once

#include "lively/nn/module.h"

namespace lively {

// Into how many parts BatchParts should cut a batch of so many samples: one for each of threads(),
// where the model lets its samples go by themselves, and that is faster than to split each op; else
// one. It is faster where the parameters are few, since each part has a gradient of its own of them
// all, and the batch is work enough to be handed out (parts_for.cpp has what was measured). One
// inside a OneThread. It walks the model: ask once for each size of batch.
int64_t parts_for(Module& model, int64_t samples);

}  // namespace lively
