// Both, since a precompiled header may have read doctest before; then WITH_MAIN alone does nothing.
#define DOCTEST_CONFIG_IMPLEMENT
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>
