#include "model.h"

#include <set>

#include "files.h"
#include "graph_checks.h"
#include "messages.h"
#include "parse.h"
#include "tensorflow/core/protobuf/saved_model.pb.h"

namespace run_model {
namespace {

using tensorflow::AssetFileDef;
using tensorflow::MetaGraphDef;
using tensorflow::SavedModel;

// tensorflow/cc/saved_model/constants.h
constexpr char kSavedModelPb[] = "saved_model.pb";
constexpr char kSavedModelPbTxt[] = "saved_model.pbtxt";
constexpr char kSavedModelCpb[] = "saved_model.cpb";
constexpr char kInitOpSignature[] = "__saved_model_init_op";
constexpr char kTrainOpSignature[] = "__saved_model_train_op";
constexpr char kMainOp[] = "saved_model_main_op";
constexpr char kLegacyInitOp[] = "legacy_init_op";
constexpr char kAssets[] = "saved_model_assets";

// The folder of a SavedModel, "" where `path` is none.
std::string SavedModelFolder(const std::string& path) {
  for (const char* name : {kSavedModelPb, kSavedModelPbTxt, kSavedModelCpb}) {
    if (IsFile(JoinPath(path, name))) return path;
    if (IsFile(path) && (path == name || HasSuffix(path, std::string("/") + name))) {
      const std::string folder = path.substr(0, path.size() - std::string(name).size());
      return folder.empty() ? "." : folder;
    }
  }
  return "";
}

SavedModel ReadSavedModel(const std::string& folder) {
  SavedModel saved;
  for (const char* name : {kSavedModelPb, kSavedModelPbTxt}) {
    const std::string path = JoinPath(folder, name);
    if (!IsFile(path)) continue;
    if (!ReadProto(path, &saved)) WrongInput(path + ": is damaged, or no SavedModel");
    return saved;
  }
  WrongInput(JoinPath(folder, kSavedModelCpb) + ": a SavedModel in several parts cannot be read; save it as one .pb");
}

std::string Tags(const std::set<std::string>& tags) {
  return tags.empty() ? "no tags" : Joined({tags.begin(), tags.end()});
}

MetaGraphDef ChooseGraph(const std::string& folder, const std::vector<std::string>& tags) {
  SavedModel saved = ReadSavedModel(folder);
  const std::set<std::string> wanted(tags.begin(), tags.end());
  std::vector<std::string> found;
  for (MetaGraphDef& meta_graph : *saved.mutable_meta_graphs()) {
    const auto& list = meta_graph.meta_info_def().tags();
    const std::set<std::string> has(list.begin(), list.end());
    if (has == wanted) return std::move(meta_graph);
    found.push_back("{" + Tags(has) + "}");
  }
  WrongInput(folder + ": has no graph with exactly the tags " + Tags(wanted) + "; it has " +
             (found.empty() ? "none at all" : Joined(found)));
}

// GetAssetFileDefs of tensorflow/cc/saved_model/loader_util.cc: in the MetaGraphDef, before TensorFlow 2 a collection.
std::vector<std::pair<std::string, std::string>> Assets(const std::string& folder, const MetaGraphDef& meta_graph) {
  std::vector<AssetFileDef> files(meta_graph.asset_file_def().begin(), meta_graph.asset_file_def().end());
  const auto collection = meta_graph.collection_def().find(kAssets);
  if (files.empty() && collection != meta_graph.collection_def().end()) {
    for (const auto& any : collection->second.any_list().value()) {
      files.emplace_back();
      if (!files.back().ParseFromString(any.value())) WrongInput(folder + ": its list of assets is damaged");
    }
  }
  // A tensor may be listed twice, and may be fed once.
  std::map<std::string, std::string> assets;
  for (const AssetFileDef& file : files) {
    assets[file.tensor_info().name()] = JoinPath(JoinPath(folder, "assets"), file.filename());
  }
  return {assets.begin(), assets.end()};
}

// GetInitOp of tensorflow/cc/saved_model/loader_util.cc.
std::string InitOp(const std::string& folder, const MetaGraphDef& meta_graph) {
  const auto signature = meta_graph.signature_def().find(kInitOpSignature);
  if (signature != meta_graph.signature_def().end()) {
    const auto output = signature->second.outputs().find(kInitOpSignature);
    if (output == signature->second.outputs().end()) {
      WrongInput(folder + ": its signature " + kInitOpSignature + " has no output of this name");
    }
    return output->second.name();
  }
  for (const char* key : {kMainOp, kLegacyInitOp}) {
    const auto collection = meta_graph.collection_def().find(key);
    if (collection == meta_graph.collection_def().end()) continue;
    if (collection->second.node_list().value_size() != 1) {
      WrongInput(folder + ": its collection " + key + " does not name exactly one op");
    }
    return collection->second.node_list().value(0);
  }
  return "";
}

StartUp StartUpOf(const std::string& folder, const MetaGraphDef& meta_graph) {
  StartUp start_up;
  start_up.assets = Assets(folder, meta_graph);
  start_up.init_op = InitOp(folder, meta_graph);
  const std::string variables = JoinPath(JoinPath(folder, "variables"), "variables");
  if (meta_graph.has_saver_def() && IsFile(variables + ".index")) {
    start_up.restore_op = meta_graph.saver_def().restore_op_name();
    start_up.filename_tensor = meta_graph.saver_def().filename_tensor_name();
    start_up.variables = variables;
  }
  return start_up;
}

Model FromSavedModel(const std::string& folder, const std::vector<std::string>& tags) {
  MetaGraphDef meta_graph = ChooseGraph(folder, tags);
  Model model;
  model.saved_model = true;
  model.signatures.insert(meta_graph.signature_def().begin(), meta_graph.signature_def().end());
  model.signatures.erase(kInitOpSignature);
  model.signatures.erase(kTrainOpSignature);
  model.start_up = StartUpOf(folder, meta_graph);
  model.graph.Swap(meta_graph.mutable_graph_def());
  return model;
}

Model FromGraphDef(const std::string& path) {
  Model model;
  if (!ReadProto(path, &model.graph)) WrongInput(path + ": is damaged, or no GraphDef");
  return model;
}

}  // namespace

Model ReadModel(const std::string& path, const std::vector<std::string>& tags) {
  const std::string folder = SavedModelFolder(path);
  Model model = folder.empty() ? FromGraphDef(path) : FromSavedModel(folder, tags);
  model.path = path;
  if (model.graph.node_size() == 0) WrongInput(path + ": its graph has no nodes");
  const std::string problem = ProblemOfGraph(model.graph);
  if (!problem.empty()) WrongInput(path + ": is damaged: " + problem);
  return model;
}

}  // namespace run_model
