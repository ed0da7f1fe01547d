// The C interface: load a network, predict, watch activations. #include <lively/lively.h> in C is
// this file. C99 and C++; tests/consumer/plain.c shows all of it.
//
// What can fail says so by its result: NULL, or a number below 0. lively_last_error() then has the
// sentence. No function exits, prints or lets an exception through. Arrays are row-major.
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// "0.1.0".
const char* lively_version(void);

// What went wrong in this thread's last call that failed, "" if none did. Never NULL; good until
// this thread's next call that fails.
const char* lively_last_error(void);

// A network with its weights. One thread at a time may use it.
typedef struct lively_network lively_network;

// Builds the network whose weights a safetensors file holds and loads them, strictly: see
// load_network in lively/embed/network.h for which there are (all that mnist_resnet saves, and
// mnist_mlp without --front and --residual). `activation` ("relu", "selu", "leaky_relu:0.1" …) may
// be NULL where the file says it, as those of mnist_mlp and mnist_resnet do. NULL on failure. To be
// freed.
lively_network* lively_load(const char* path, const char* activation);
void lively_free(lively_network* network);  // NULL: nothing

// How many numbers one sample is, and how many the network gives for it. -1 on failure.
int64_t lively_inputs(const lively_network* network);
int64_t lively_outputs(const lively_network* network);

// Writes the outputs (logits) of `samples` samples, [samples, lively_outputs], for the inputs
// [samples, lively_inputs]: what the network was trained on, scaled as it was then. Pictures are
// [C, H, W]. 0, or -1 on failure, with `outputs` as they were.
int lively_predict(lively_network* network, const float* inputs, int64_t samples, float* outputs);

// The pulse of any network, from its activations: see Monitor in lively/nn/liveness/monitor.h.
typedef struct lively_watch lively_watch;

lively_watch* lively_watch_new(void);  // NULL on failure. To be freed
void lively_watch_free(lively_watch* watch);

// Layers, in the order of the network; the index of the new one, or -1. `op`: "relu", or
// "leaky_relu", "prelu", "elu", "selu", "gelu", "silu". `bypassed`: 1 if a shortcut leads around
// the layer, 0 if none does, below 0 if nobody knows.
int lively_watch_layer(lively_watch* watch, const char* name, const char* op, int bypassed);
// Activations [rows, units] of a layer, or [rows, units, positions] of a convolution; every row
// until the next census is one sample of its set. 0, or -1 on failure.
int lively_watch_feed(lively_watch* watch, int layer, const float* activations, int64_t rows,
    int64_t units, int64_t positions);
// Closes the census, of the state after `step` training steps. 0, or -1 on failure.
int lively_watch_census(lively_watch* watch, int64_t step);
// The loss of a training step. 0, or -1 on failure.
int lively_watch_loss(lively_watch* watch, double loss);

// Of one layer. -1 if there is no such layer, or no census yet.
int64_t lively_watch_dead(const lively_watch* watch, int layer);       // at the last census
int64_t lively_watch_born_dead(const lively_watch* watch, int layer);  // at the first census
int64_t lively_watch_died(const lively_watch* watch, int layer);       // since, each time
int64_t lively_watch_revived(const lively_watch* watch, int layer);    // since, each time
// Is this unit dead? 1, 0, or -1 on failure.
int lively_watch_is_dead(const lively_watch* watch, int layer, int64_t unit);

// The verdict, "died" say, and what decides it in a sentence or two. NULL on failure; good until
// the next of these calls or lively_watch_free.
const char* lively_watch_verdict(lively_watch* watch);
const char* lively_watch_text(lively_watch* watch);

#ifdef __cplusplus
}
#endif
