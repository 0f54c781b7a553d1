#include "running.h"

#include "messages.h"
#include "tensorflow/core/protobuf/config.pb.h"
#include "tensors.h"

namespace run_model {
namespace {

// What TensorFlow says before the name of an op that is not there: core/framework/op.cc and op_kernel.cc, and
// common_runtime/placer.cc or colocation_graph.cc.
struct Missing {
  const char* before;
  const char* what;
};
constexpr Missing kMissing[] = {
    {"Op type not registered '", "run_model: this library does not have the op "},
    {"OpKernel was registered to support Op '", "run_model: this library has no kernel for these types of the op "},
    {"No registered '", "run_model: this library has no kernel for these types of the op "},
};

// What to do about a status; "" where it does not say that something is missing.
std::string Advice(const std::string& status, const std::string& model) {
  for (const Missing& missing : kMissing) {
    const std::size_t found = status.find(missing.before);
    if (found == std::string::npos) continue;
    const std::size_t start = found + std::string(missing.before).size();
    const std::size_t end = status.find('\'', start);
    if (end == std::string::npos) continue;
    return std::string("\n") + missing.what + status.substr(start, end - start) + "; `opsieve check " + model +
           " --library LIBRARY` lists all that it lacks for this model";
  }
  return "";
}

template <typename Status>
void Require(const Status& status, const std::string& doing, const std::string& model) {
  if (status.ok()) return;
  const std::string text = status.ToString();
  CannotRun(model + ": " + doing + ": " + text + Advice(text, model));
}

tensorflow::SessionOptions Options(int threads) {
  tensorflow::SessionOptions options;
  // A model may name the device that it was trained on.
  options.config.set_allow_soft_placement(true);
  if (threads > 0) {
    options.config.set_intra_op_parallelism_threads(threads);
    options.config.set_inter_op_parallelism_threads(threads);
  }
  return options;
}

}  // namespace

Runner::Runner(const Model& model, int threads) : model_(model) {
  tensorflow::Session* session = nullptr;
  Require(tensorflow::NewSession(Options(threads), &session), "cannot make a session", model.path);
  session_.reset(session);
  Require(session_->Create(model.graph), "cannot load the graph", model.path);
  StartUp();
}

Runner::~Runner() { (void)session_->Close(); }

void Runner::StartUp() {
  const auto& start_up = model_.start_up;
  Feeds assets;
  for (const auto& asset : start_up.assets) assets.emplace_back(asset.first, StringScalar(asset.second));
  if (!start_up.restore_op.empty()) {
    Feeds feeds = assets;
    feeds.emplace_back(start_up.filename_tensor, StringScalar(start_up.variables));
    RunOp(start_up.restore_op, feeds, "cannot restore its variables");
  }
  if (!start_up.init_op.empty()) RunOp(start_up.init_op, assets, "cannot initialise it");
}

void Runner::RunOp(const std::string& op, const Feeds& feeds, const std::string& doing) {
  std::vector<tensorflow::Tensor> nothing;
  Require(session_->Run(feeds, {}, {op}, &nothing), doing, model_.path);
}

std::vector<tensorflow::Tensor> Runner::Run(const Feeds& feeds, const std::vector<std::string>& fetches) {
  std::vector<tensorflow::Tensor> outputs;
  Require(session_->Run(feeds, fetches, {}, &outputs), "cannot run it", model_.path);
  return outputs;
}

}  // namespace run_model
