// Reads a drawing of 8 × 8 characters, and says which digit it is: TensorFlow's C++ Session API, nothing else.
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "tensorflow/core/framework/graph.pb.h"
#include "tensorflow/core/framework/tensor.h"
#include "tensorflow/core/public/session.h"

namespace {

constexpr int kSide = 8;

// A blank is no ink, '#' is all ink, '+' is between them.
float Ink(char character) {
  switch (character) {
    case '#':
      return 1.0f;
    case '+':
      return 0.5f;
    default:
      return 0.0f;
  }
}

bool ReadDrawing(const std::string& path, tensorflow::Tensor* image) {
  std::ifstream file(path);
  if (!file) return false;
  auto pixels = image->flat<float>();
  for (int i = 0; i < kSide * kSide; ++i) pixels(i) = 0.0f;
  std::string line;
  for (int y = 0; y < kSide && std::getline(file, line); ++y) {
    for (int x = 0; x < kSide && x < static_cast<int>(line.size()); ++x) pixels(y * kSide + x) = Ink(line[x]);
  }
  return true;
}

template <typename Status>
void OrExit(const Status& status) {
  if (status.ok()) return;
  std::cerr << status.ToString() << "\n";
  std::exit(1);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: " << argv[0] << " MODEL DRAWING\n";
    return 2;
  }
  tensorflow::GraphDef graph;
  std::ifstream model(argv[1], std::ios::binary);
  if (!graph.ParseFromIstream(&model)) {
    std::cerr << "cannot read " << argv[1] << "\n";
    return 1;
  }
  std::unique_ptr<tensorflow::Session> session(tensorflow::NewSession(tensorflow::SessionOptions()));
  OrExit(session->Create(graph));

  tensorflow::Tensor image(tensorflow::DT_FLOAT, tensorflow::TensorShape({1, kSide, kSide, 1}));
  if (!ReadDrawing(argv[2], &image)) {
    std::cerr << "cannot read " << argv[2] << "\n";
    return 1;
  }
  std::vector<tensorflow::Tensor> outputs;
  OrExit(session->Run({{"images:0", image}}, {"scores:0"}, {}, &outputs));

  const auto scores = outputs[0].flat<float>();
  int best = 0;
  for (int digit = 1; digit < scores.size(); ++digit) {
    if (scores(digit) > scores(best)) best = digit;
  }
  std::cout << argv[2] << ": " << best << " (" << scores(best) << ")\n";
  return 0;
}
