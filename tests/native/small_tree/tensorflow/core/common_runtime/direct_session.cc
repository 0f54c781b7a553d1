#include <memory>

#include "tensorflow/core/common_runtime/executor.h"
#include "tensorflow/core/common_runtime/session_factory.h"
#include "tensorflow/core/platform/errors.h"
#include "tensorflow/core/public/session.h"

namespace tensorflow {
namespace {

class DirectSession : public Session {
 public:
  Status Create(const GraphDef& graph) override {
    if (executor_ != nullptr) return errors::AlreadyExists("A Graph has already been created for this session.");
    auto executor = std::make_unique<Executor>();
    TF_RETURN_IF_ERROR(executor->Initialize(graph));
    executor_ = std::move(executor);
    return OkStatus();
  }

  Status Run(const std::vector<std::pair<std::string, Tensor>>& inputs,
             const std::vector<std::string>& output_tensor_names, const std::vector<std::string>& target_tensor_names,
             std::vector<Tensor>* outputs) override {
    if (executor_ == nullptr) return errors::FailedPrecondition("Session was not created with a graph before Run()!");
    if (outputs != nullptr) outputs->clear();
    if (output_tensor_names.empty() && target_tensor_names.empty()) {
      return errors::InvalidArgument("Must specify at least one target to fetch or execute.");
    }
    if (outputs == nullptr && !output_tensor_names.empty()) {
      return errors::InvalidArgument("output_names are not empty but outputs is null");
    }
    return executor_->Run(inputs, output_tensor_names, target_tensor_names, outputs);
  }

  Status Close() override {
    executor_.reset();
    return OkStatus();
  }

 private:
  std::unique_ptr<Executor> executor_;
};

class DirectSessionFactory : public SessionFactory {
 public:
  bool AcceptsOptions(const SessionOptions& options) override { return options.target.empty(); }
  Status NewSession(const SessionOptions& options, Session** out_session) override {
    *out_session = new DirectSession;
    return OkStatus();
  }
};

// Nobody names this object: it is there only where its file is linked as such.
class DirectSessionRegistrar {
 public:
  DirectSessionRegistrar() { SessionFactory::Register("DIRECT_SESSION", new DirectSessionFactory); }
};
static DirectSessionRegistrar registrar;

}  // namespace
}  // namespace tensorflow
