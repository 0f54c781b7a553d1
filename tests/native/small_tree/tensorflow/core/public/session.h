#ifndef TENSORFLOW_CORE_PUBLIC_SESSION_H_
#define TENSORFLOW_CORE_PUBLIC_SESSION_H_

#include <string>
#include <utility>
#include <vector>

#include "tensorflow/core/framework/graph.pb.h"
#include "tensorflow/core/framework/tensor.h"
#include "tensorflow/core/platform/status.h"
#include "tensorflow/core/public/session_options.h"

namespace tensorflow {

class Session {
 public:
  virtual ~Session() = default;

  virtual Status Create(const GraphDef& graph) = 0;
  virtual Status Run(const std::vector<std::pair<std::string, Tensor>>& inputs,
                     const std::vector<std::string>& output_tensor_names,
                     const std::vector<std::string>& target_tensor_names, std::vector<Tensor>* outputs) = 0;
  virtual Status Run(const RunOptions& run_options, const std::vector<std::pair<std::string, Tensor>>& inputs,
                     const std::vector<std::string>& output_tensor_names,
                     const std::vector<std::string>& target_tensor_names, std::vector<Tensor>* outputs,
                     RunMetadata* run_metadata) {
    return Run(inputs, output_tensor_names, target_tensor_names, outputs);
  }
  virtual Status Close() = 0;
};

// Makes a session, which the caller owns.
Status NewSession(const SessionOptions& options, Session** out_session);
Session* NewSession(const SessionOptions& options);

}  // namespace tensorflow

#endif  // TENSORFLOW_CORE_PUBLIC_SESSION_H_
