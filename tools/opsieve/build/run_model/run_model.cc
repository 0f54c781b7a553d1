// run_model: loads a GraphDef or a SavedModel, runs it and prints its outputs. `run_model --help` tells more.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <set>
#include <string>
#include <vector>

#include "arguments.h"
#include "crashes.h"
#include "files.h"
#include "inputs.h"
#include "interface.h"
#include "messages.h"
#include "model.h"
#include "printing.h"
#include "running.h"
#include "tensors.h"

namespace run_model {
namespace {

constexpr std::uint64_t kMostStringBytes = std::uint64_t{1} << 30;

void List(const Model& model, const Arguments& arguments) {
  const auto print = [](const char* what, const std::vector<Endpoint>& endpoints) {
    for (const Endpoint& endpoint : endpoints) {
      std::printf("  %s %s: %s, %s\n", what, endpoint.name.c_str(), endpoint.tensor.c_str(),
                  TypeAndShape(endpoint).c_str());
    }
  };
  std::vector<std::string> signatures;
  for (const auto& entry : model.signatures) {
    if (arguments.signature.empty() || entry.first == arguments.signature) signatures.push_back(entry.first);
  }
  if (signatures.empty()) signatures.push_back(arguments.signature);
  for (const std::string& signature : signatures) {
    const Interface interface = InterfaceOf(model, signature);
    std::printf("%s\n", signature.empty() ? "graph" : ("signature " + signature).c_str());
    print("input", interface.inputs);
    print("output", interface.outputs);
  }
}

std::vector<Endpoint> ChooseOutputs(const Model& model, const Interface& interface, const Arguments& arguments) {
  std::vector<Endpoint> outputs;
  for (const std::string& name : arguments.fetches) outputs.push_back(FindOutput(model, interface, name));
  if (outputs.empty()) outputs = interface.outputs;
  if (outputs.empty()) WrongInput(model.path + ": says of no tensor that it is an output; name one with --fetch");
  return outputs;
}

Feeds ReadFeeds(const Model& model, const Interface& interface, const Arguments& arguments,
                std::vector<Endpoint>* fed) {
  Feeds feeds;
  std::set<std::string> tensors;
  for (const auto& feed : arguments.feeds) {
    const Endpoint input = FindInput(model, interface, feed.first);
    if (!tensors.insert(input.tensor).second) WrongInput("--feed names " + input.tensor + " twice");
    feeds.emplace_back(input.tensor, ReadInput(input, feed.second));
    fed->push_back(input);
  }
  return feeds;
}

// The inputs that are not fed: all of them are filled, or none.
void AddMissing(const Model& model, const Interface& interface, const std::vector<Endpoint>& outputs,
                const std::vector<Endpoint>& fed, Feeds* feeds) {
  const std::set<std::string> needed = NeededNodes(model, outputs, fed);
  std::vector<std::string> missing;
  for (const Endpoint& input : interface.inputs) {
    if (needed.count(NodeOf(input.tensor)) == 0) continue;
    missing.push_back(input.name + " (" + TypeAndShape(input) + ")");
    if (fed.empty()) feeds->emplace_back(input.tensor, FillInput(input));
  }
  if (missing.empty()) return;
  if (!fed.empty()) WrongInput(model.path + ": these inputs need a --feed too: " + Joined(missing));
  Note("filled with a fixed pattern, because there is no --feed: " + Joined(missing));
}

std::vector<tensorflow::Tensor> RunTimes(Runner* runner, const Feeds& feeds, const std::vector<std::string>& fetches,
                                         int runs) {
  std::vector<tensorflow::Tensor> tensors;
  std::vector<double> milliseconds;
  for (int i = 0; i < runs; ++i) {
    const auto start = std::chrono::steady_clock::now();
    tensors = runner->Run(feeds, fetches);
    milliseconds.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
  }
  if (runs > 1) {
    const double first = milliseconds.front();
    std::sort(milliseconds.begin(), milliseconds.end());
    char text[120];
    std::snprintf(text, sizeof text, "%d runs: the first %.3f ms, median %.3f ms, best %.3f ms", runs, first,
                  milliseconds[milliseconds.size() / 2], milliseconds.front());
    Note(text);
  }
  return tensors;
}

// A name for a file: what is not safe in one becomes "_", and a second file of the same name gets a number.
std::string FileName(const std::string& name, std::set<std::string>* used) {
  std::string safe;
  for (const char character : name.substr(0, 200)) {
    const bool good = (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
                      (character >= '0' && character <= '9') || character == '-' || character == '_' ||
                      (character == '.' && !safe.empty());
    safe += good ? character : '_';
  }
  std::string file = safe + ".npy";
  for (int number = 2; !used->insert(file).second; ++number) file = safe + "-" + std::to_string(number) + ".npy";
  return file;
}

void WriteOutput(const std::string& folder, std::set<std::string>* used, Output* output) {
  if (output->type == nullptr) return;
  if (output->type->kind == Kind::kString && StringBytes(output->array) > kMostStringBytes) {
    Note(output->name + ": not written, because its strings are too long for a .npy file");
    return;
  }
  if (output->type->AsBits()) {
    Note(output->name + ": written as " + output->type->npy + ", the bits of " + output->dtype);
  }
  if (LosesZeros(output->array)) Note(output->name + ": numpy leaves out zero bytes at the ends of its strings");
  output->file = JoinPath(folder, FileName(output->name, used));
  WriteFile(output->file, NpyContent(output->array));
}

std::vector<Output> Outputs(const std::vector<Endpoint>& endpoints, const std::vector<tensorflow::Tensor>& tensors,
                            const std::string& folder) {
  std::vector<Output> outputs;
  std::set<std::string> used;
  for (std::size_t i = 0; i < endpoints.size(); ++i) {
    Output output;
    output.name = endpoints[i].name;
    output.dtype = DtypeName(static_cast<int>(tensors[i].dtype()));
    if (MakeArray(tensors[i], &output.array)) {
      output.type = FindDtype(static_cast<int>(tensors[i].dtype()));
    } else {
      output.array.shape = ShapeOf(tensors[i]);
    }
    if (!folder.empty()) WriteOutput(folder, &used, &output);
    outputs.push_back(std::move(output));
  }
  return outputs;
}

void Print(const std::vector<Output>& outputs, bool json) {
  if (json) {
    std::printf("%s\n", AsJson(outputs).c_str());
    return;
  }
  for (const Output& output : outputs) std::printf("%s\n", AsText(output).c_str());
}

void Main(const Arguments& arguments) {
  const Model model = ReadModel(arguments.model, arguments.tags);
  if (arguments.list) {
    List(model, arguments);
    return;
  }
  const Interface interface = InterfaceOf(model, arguments.signature);
  const std::vector<Endpoint> endpoints = ChooseOutputs(model, interface, arguments);
  std::vector<Endpoint> fed;
  Feeds feeds = ReadFeeds(model, interface, arguments, &fed);
  AddMissing(model, interface, endpoints, fed, &feeds);
  if (!arguments.output.empty()) MakeFolder(arguments.output);

  ReportCrashes();
  Runner runner(model, arguments.threads);
  std::vector<std::string> fetches;
  for (const Endpoint& endpoint : endpoints) fetches.push_back(endpoint.tensor);
  const std::vector<tensorflow::Tensor> tensors = RunTimes(&runner, feeds, fetches, arguments.runs);
  Print(Outputs(endpoints, tensors, arguments.output), arguments.json);
}

}  // namespace
}  // namespace run_model

int main(int argc, char** argv) {
  run_model::Main(run_model::ParseArguments(argc, argv));
  if (std::fflush(stdout) != 0) {
    std::perror("run_model: standard output");
    return 1;
  }
  return 0;
}
