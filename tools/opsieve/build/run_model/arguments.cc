#include "arguments.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "messages.h"

namespace run_model {
namespace {

constexpr char kHelp[] =
    R"(Usage: run_model MODEL [OPTION]...

Load a GraphDef (.pb, .pbtxt) or a SavedModel folder, run it and print its outputs.

  --signature NAME     the signature to run (serving_default, or the only one)
  --tags A,B           the tags of the SavedModel's graph (serve)
  --feed NAME=FILE     an input: a .npy file, or @FILE with one string a line; may be repeated
  --fetch NAME         an output; may be repeated (all of the signature, or all ends of the graph)
  --output DIR         write each output to DIR/NAME.npy
  --runs N             run N times and say how long it took
  --threads N          threads for computing
  --format text|json   how outputs are printed
  --list               print the inputs and outputs, and run nothing

Names are keys of the signature or tensors of the graph (x:0). Without --feed the inputs are filled with a fixed
pattern: numbers count up and start again, an unknown dimension is 1.
Exit status: 0; 1 when the library cannot run the model, or running it fails; 2 for a wrong command line or file.
)";

// An option's value: "--name value" or "--name=value".
class Options {
 public:
  Options(int argc, char** argv) : words_(argv + (argc > 0 ? 1 : 0), argv + argc) {}

  bool Next() {
    if (next_ == words_.size()) return false;
    word_ = words_[next_++];
    const std::size_t equals = word_.find('=');
    has_value_ = word_.rfind("--", 0) == 0 && equals != std::string::npos;
    name_ = has_value_ ? word_.substr(0, equals) : word_;
    value_ = has_value_ ? word_.substr(equals + 1) : "";
    return true;
  }

  const std::string& name() const { return name_; }

  std::string Value() {
    if (has_value_) return value_;
    if (next_ == words_.size()) WrongInput(name_ + " needs a value; see --help");
    return words_[next_++];
  }

  void NoValue() const {
    if (has_value_) WrongInput(name_ + " takes no value; see --help");
  }

  int Count(int least) {
    const std::string text = Value();
    char* end = nullptr;
    const long number = std::strtol(text.c_str(), &end, 10);
    if (text.empty() || *end != '\0' || number < least || number > 1000000) {
      WrongInput(name_ + " needs a number from " + std::to_string(least) + " to 1000000, not \"" + text + "\"");
    }
    return static_cast<int>(number);
  }

 private:
  std::vector<std::string> words_;
  std::size_t next_ = 0;
  std::string word_, name_, value_;
  bool has_value_ = false;
};

std::vector<std::string> SplitAtCommas(const std::string& text) {
  std::vector<std::string> parts;
  std::size_t start = 0;
  while (start <= text.size()) {
    const std::size_t end = std::min(text.find(',', start), text.size());
    if (end > start) parts.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  return parts;
}

std::pair<std::string, std::string> Feed(const std::string& text) {
  // A tensor's name has no "=", a file's may.
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == text.size()) {
    WrongInput("--feed needs NAME=FILE, not \"" + text + "\"");
  }
  return {text.substr(0, equals), text.substr(equals + 1)};
}

bool IsJson(const std::string& format) {
  if (format != "json" && format != "text") WrongInput("--format is text or json, not \"" + format + "\"");
  return format == "json";
}

}  // namespace

Arguments ParseArguments(int argc, char** argv) {
  Arguments arguments;
  Options options(argc, argv);
  while (options.Next()) {
    const std::string& name = options.name();
    if (name == "--help" || name == "-h") {
      std::fputs(kHelp, stdout);
      std::fflush(stdout);
      std::_Exit(0);
    } else if (name == "--signature") {
      arguments.signature = options.Value();
    } else if (name == "--tags") {
      arguments.tags = SplitAtCommas(options.Value());
    } else if (name == "--feed") {
      arguments.feeds.push_back(Feed(options.Value()));
    } else if (name == "--fetch") {
      arguments.fetches.push_back(options.Value());
    } else if (name == "--output") {
      arguments.output = options.Value();
    } else if (name == "--runs") {
      arguments.runs = options.Count(1);
    } else if (name == "--threads") {
      arguments.threads = options.Count(1);
    } else if (name == "--format") {
      arguments.json = IsJson(options.Value());
    } else if (name == "--list") {
      options.NoValue();
      arguments.list = true;
    } else if (name.size() > 1 && name[0] == '-') {
      WrongInput("there is no option " + name + "; see --help");
    } else if (!arguments.model.empty()) {
      WrongInput("one model at a time: " + arguments.model + " and " + name);
    } else {
      arguments.model = name;
    }
  }
  if (arguments.model.empty()) WrongInput("name a model: run_model MODEL; see --help");
  return arguments;
}

}  // namespace run_model
