// A model's file or folder, read and checked, with what an app's loader would take of it.

#ifndef OPSIEVE_RUN_MODEL_MODEL_H_
#define OPSIEVE_RUN_MODEL_MODEL_H_

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tensorflow/core/framework/graph.pb.h"
#include "tensorflow/core/protobuf/meta_graph.pb.h"

namespace run_model {

// What has to be run before a SavedModel can be used; empty names where there is nothing to run.
struct StartUp {
  std::string restore_op;
  std::string filename_tensor;
  std::string variables;  // the prefix of the checkpoint
  std::string init_op;
  std::vector<std::pair<std::string, std::string>> assets;  // tensor, path of the file
};

struct Model {
  std::string path;
  bool saved_model = false;
  tensorflow::GraphDef graph;
  std::map<std::string, tensorflow::SignatureDef> signatures;
  StartUp start_up;
};

// A GraphDef from a file, a SavedModel from a folder (or from its saved_model.pb). Ends the program with status 2 where
// it is none, or has no graph with exactly these tags.
Model ReadModel(const std::string& path, const std::vector<std::string>& tags);

}  // namespace run_model

#endif  // OPSIEVE_RUN_MODEL_MODEL_H_
