#pragma once

#include "apps/works/timing.h"

// The works that every peer measures; what each is exactly stands in ../README.md. Each function
// prints its rows.

namespace lively::bench {

void w1(const Options& o);       // MLP 784-128-128-10
void w2(const Options& o);       // 784, 20 x 64, 10
void w3(const Options& o);       // 784-1024-1024-1024-10
void w4(const Options& o);       // ResNet-20
void w5(const Options& o);       // LeNet-5
void w6(const Options& o);       // tiny nets, a single step
void w7(const Options& o);       // single ops
void w8(const Options& o);       // what liveness costs
void w9(const Options& o);       // a process's first step, its memory
void w10(const Options& o);      // loading, and an epoch from file to last step
void w11(const Options& o);      // Monte Carlo: many tiny nets trained, how many collapsed
void kernels(const Options& o);  // "K": map, sum and products by themselves; ours alone

// The child process behind w9: 20 steps of that work; prints the time to the end of the first
// since `start` (seconds since the epoch) and the peak of its memory in MiB.
int first_step(const std::string& work, double start);

}  // namespace lively::bench
