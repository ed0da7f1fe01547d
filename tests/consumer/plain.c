/* Lively from plain C: load a network, predict, watch the activations of a layer.
 *   plain WEIGHTS.safetensors ACTIVATION
 * Prints the outputs for an input of ones, and what befell a layer of three units. */
#include <lively/lively.h>

#include <stdio.h>
#include <stdlib.h>

static int failed(const char* what) {
  fprintf(stderr, "%s: %s\n", what, lively_last_error());
  return EXIT_FAILURE;
}

static int predict(const char* path, const char* activation) {
  lively_network* const network = lively_load(path, activation);
  if (!network) return failed("load");
  const int64_t inputs = lively_inputs(network), outputs = lively_outputs(network);
  float* const x = malloc((size_t)inputs * sizeof *x);
  float* const y = malloc((size_t)outputs * sizeof *y);
  int status = EXIT_FAILURE;
  if (x && y) {
    for (int64_t i = 0; i < inputs; ++i) x[i] = 1;
    status = lively_predict(network, x, 1, y) == 0 ? EXIT_SUCCESS : failed("predict");
  }
  if (status == EXIT_SUCCESS) {
    printf("outputs:");
    for (int64_t i = 0; i < outputs; ++i) printf(" %.6g", (double)y[i]);
    printf("\n");
  }
  free(x);
  free(y);
  lively_free(network);
  return status;
}

/* Two samples of three units: the second unit is dead from birth, the third dies. */
static int watch_a_layer(void) {
  static const float before[] = {1, 0, 2, 3, 0, 0}, after[] = {1, 0, 0, 3, 0, 0};
  lively_watch* const watch = lively_watch_new();
  if (!watch) return failed("watch");
  const int layer = lively_watch_layer(watch, "hidden", "relu", 0);
  if (lively_watch_feed(watch, layer, before, 2, 3, 1) || lively_watch_census(watch, 0) ||
      lively_watch_feed(watch, layer, after, 2, 3, 1) || lively_watch_census(watch, 100)) {
    lively_watch_free(watch);
    return failed("watch");
  }
  printf("hidden: %d dead, %d born dead, %d died; unit 2 %s\n", (int)lively_watch_dead(watch, layer),
      (int)lively_watch_born_dead(watch, layer), (int)lively_watch_died(watch, layer),
      lively_watch_is_dead(watch, layer, 2) ? "is dead" : "lives");
  printf("verdict: %s\n", lively_watch_verdict(watch));
  lively_watch_free(watch);
  return EXIT_SUCCESS;
}

int main(int argc, char** argv) {
  if (argc != 3) {
    fprintf(stderr, "usage: plain WEIGHTS.safetensors ACTIVATION\n");
    return 2;
  }
  const int status = predict(argv[1], argv[2]);
  return status ? status : watch_a_layer();
}
