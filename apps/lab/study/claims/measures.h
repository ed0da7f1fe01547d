#pragma once

#include "apps/lab/study/claims/claim.h"

namespace lively::lab {

// Numbers, each a share from 0 to 1.
Measure accuracy();        // on the test set at the end; 0 if a loss was not finite
Measure first_accuracy();  // after the first epoch
Measure dead_share();      // of the units, at the end, on all training samples
Measure born_share();      // the same before the first step
Measure died_share();      // the one less the other
Measure zero_gradients();  // of all gradient entries of the first batch at the end, those that
                           // are exactly 0: what AutoTrainer's code calls dying
Measure zero_gradients_born();
Measure overflowed();     // of Adam's second moments, those that are infinite
Measure saturated();      // of sigmoid's and tanh's outputs at birth, those on the flat part
Measure faulty_zeros();   // zeros that the faulty test reports
Measure faulty_size();    // its largest entry, over the largest of the loss's gradient
Measure true_zeros();     // and those of the loss's gradient on the same batch
Measure softmax_zeros();  // of gradients of summed softmax outputs by their logits
Measure first_loss();     // at birth, in units of ln 10, which is the loss of knowing nothing

// Of each run a share, as units and layers of one network are no independent cases.
Measure revived_first();     // of units that were dead, by revivals: first hidden layer
Measure revived_later();     // and the others
Measure moved();             // of first-layer units dead at birth and at the end: their weights
Measure dead_after_alive();  // of layers above one that lives, those that are dead
Measure more_zeros_born();   // of residual blocks, those whose output has more zeros than the input
Measure more_zeros();

// Counted.
Measure learns();      // came a tenth of the way from the majority share to no error
Measure diverged();    // a loss was not finite
Measure dead_layer();  // a layer without a unit alive at the end, or at birth
Measure dead_layer_born();
Measure all_zero();         // is every entry of every gradient exactly 0 at the end?
Measure hidden_zero();      // or every entry of the hidden layers'?
Measure constant_born();    // logits that deviate by less than 1e-3 over the samples at birth
Measure born_dead();        // of networks drawn
Measure units_born_dead();  // of their units

}  // namespace lively::lab
