// internal: nlohmann's header without its literal ""_json. That one is an inline function and calls
// the parser, so each file that includes the header compiles all of it: a third of a second. The
// literal stays declared, without a body: who used it would not link. Where a release spells it as
// one token, nothing is replaced.
#pragma once

#define _json(text, size) \
  _json(text, size);      \
  template <class>        \
  ::nlohmann::json of_literal(text, size)
#include <nlohmann/json.hpp>
#undef _json
