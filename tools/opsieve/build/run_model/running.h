// A session: made, started up and run, with TensorFlow's own words where it fails.

#ifndef OPSIEVE_RUN_MODEL_RUNNING_H_
#define OPSIEVE_RUN_MODEL_RUNNING_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "model.h"
#include "tensorflow/core/framework/tensor.h"
#include "tensorflow/core/public/session.h"

namespace run_model {

using Feeds = std::vector<std::pair<std::string, tensorflow::Tensor>>;

class Runner {
 public:
  // Makes a session with the model's graph, restores its variables and runs its initialisation, as
  // tensorflow/cc/saved_model/loader.cc does. `threads`: 0 leaves them to TensorFlow. Ends the program with status 1
  // where the library cannot.
  Runner(const Model& model, int threads);
  ~Runner();
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;

  // The tensors of these names, in this order.
  std::vector<tensorflow::Tensor> Run(const Feeds& feeds, const std::vector<std::string>& fetches);

 private:
  void StartUp();
  void RunOp(const std::string& op, const Feeds& feeds, const std::string& doing);

  const Model& model_;
  std::unique_ptr<tensorflow::Session> session_;
};

}  // namespace run_model

#endif  // OPSIEVE_RUN_MODEL_RUNNING_H_
