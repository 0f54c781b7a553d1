#ifndef TENSORFLOW_CORE_FRAMEWORK_NODE_DEF_UTIL_H_
#define TENSORFLOW_CORE_FRAMEWORK_NODE_DEF_UTIL_H_

#include <string>
#include <vector>

#include "tensorflow/core/framework/node_def.pb.h"
#include "tensorflow/core/framework/op_def.pb.h"
#include "tensorflow/core/framework/tensor.h"
#include "tensorflow/core/platform/status.h"

namespace tensorflow {

// The value of an attr of a node; an error where there is none, or one of another type.
Status GetNodeAttr(const NodeDef& node_def, StringPiece attr_name, std::string* value);
Status GetNodeAttr(const NodeDef& node_def, StringPiece attr_name, int64_t* value);
Status GetNodeAttr(const NodeDef& node_def, StringPiece attr_name, int32* value);
Status GetNodeAttr(const NodeDef& node_def, StringPiece attr_name, float* value);
Status GetNodeAttr(const NodeDef& node_def, StringPiece attr_name, bool* value);
Status GetNodeAttr(const NodeDef& node_def, StringPiece attr_name, DataType* value);
Status GetNodeAttr(const NodeDef& node_def, StringPiece attr_name, TensorShapeProto* value);
Status GetNodeAttr(const NodeDef& node_def, StringPiece attr_name, Tensor* value);
Status GetNodeAttr(const NodeDef& node_def, StringPiece attr_name, std::vector<int32>* value);
Status GetNodeAttr(const NodeDef& node_def, StringPiece attr_name, std::vector<DataType>* value);

// Gives a node the attrs that it lacks and that its op has defaults for.
void AddDefaultsToNodeDef(const OpDef& op_def, NodeDef* node_def);

// How many tensors a node gives.
Status NumOutputs(const OpDef& op_def, const NodeDef& node_def, int* count);

// "{{node name}}", and "[T=DT_FLOAT, transpose_a=false]".
std::string FormatNodeForError(const NodeDef& node_def);
std::string SummarizeAttrs(const NodeDef& node_def);

}  // namespace tensorflow

#endif  // TENSORFLOW_CORE_FRAMEWORK_NODE_DEF_UTIL_H_
