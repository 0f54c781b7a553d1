// What TensorFlow takes for granted of a graph, so that a damaged one would end the program without a message.

#ifndef OPSIEVE_RUN_MODEL_GRAPH_CHECKS_H_
#define OPSIEVE_RUN_MODEL_GRAPH_CHECKS_H_

#include <string>

#include "tensorflow/core/framework/graph.pb.h"

namespace run_model {

// What is wrong; "" where nothing is found. As ValidateSavedTensors does in tensorflow/cc/saved_model/loader.cc, and
// functions that call each other in a circle.
std::string ProblemOfGraph(const tensorflow::GraphDef& graph);

}  // namespace run_model

#endif  // OPSIEVE_RUN_MODEL_GRAPH_CHECKS_H_
