#pragma once

#include <string>
#include <vector>

#include "apps/lab/graveyard/grave.h"

namespace lively::lab {

// The folder of a graveyard holds run-001.jsonl … and this file, whose answers are encoded
// (base64), so that nobody reads them by accident; they are no secret.
inline constexpr const char* kAnswerFile = "answers.sealed";

// Throws ValueError where a graveyard cannot be written to this folder: it must be new or empty.
void check_new(const std::string& folder);
// Writes logs and answers. Throws Error.
void write_graveyard(const std::string& folder, const std::vector<Grave>& graves);
// The answers, without logs. Throws DataError with the file, the line and what was expected.
std::vector<Grave> read_graveyard(const std::string& folder);

// What a monitor says of a run.
struct Said {
  std::string run, code;
};
// Reads lines run,code as "run-007,died"; a code is a verdict, "healthy" and "unsure" among them.
// Empty lines, those that begin with #, and a first line "run,code" are passed over. Throws
// DataError with file and line for anything else, for an unknown run, and for one that is named
// twice.
std::vector<Said> read_said(const std::string& path, const std::vector<Grave>& graves);

// How they fared, by cause and together, with 95 % intervals after Wilson; and for comparison what
// others said of the same runs. A run that is not named counts as unsure.
std::string grade_said(const std::vector<Said>& said, const std::vector<Grave>& graves);

// The answers in words, with their proofs.
std::string answer_text(const Grave& grave);

}  // namespace lively::lab
