#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace lively::lab {

struct Argument {
  std::string name;     // "--model"; without --, what stands by itself
  std::string value{};  // what --help calls its value: "FILE"; of a switch nothing
  std::string help{};
  std::string group = "Options";  // its heading in --help
  std::string otherwise{};        // the default that --help shows; empty: none
  bool required = false;
};

// The command line of a program. CLI11, which reads it, costs seconds a file and is included by
// arguments.cpp alone.
class Arguments {
 public:
  Arguments(const std::string& about, const std::string& program);
  ~Arguments();

  void footer(const std::string& text);  // ends --help

  // Where read() puts what it finds.
  void add(const Argument& a, bool& on);
  void add(const Argument& a, std::string& text);
  void add(const Argument& a, int& number, int lowest, int highest);
  void add(const Argument& a, std::vector<std::string>& texts);
  void add(const Argument& a, std::vector<std::string>& texts, int fewest, int most);
  // `read` gets the text, of a switch "true"; given twice, the last. What it throws as Error is
  // said after the name.
  void add(const Argument& a, const std::function<void(const std::string&)>& read);

  // Gives the exit code if the program is to end here: 0 after --help and --version, 2 after an
  // error, which is one line on stderr. With `unknown`, what no argument takes is put there and is
  // no error.
  std::optional<int> read(int argc, char** argv, std::vector<std::string>* unknown = nullptr);

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
};

}  // namespace lively::lab
