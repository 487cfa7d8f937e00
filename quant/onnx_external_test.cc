#include "quant/onnx_external.h"

#include <sys/stat.h>

#include <filesystem>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "quant/onnx_reader.h"
#include "quant/testing_models.h"
#include "tools/cli/file.h"
#include "tools/cli/testing_program.h"

namespace lockstep::quant {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

void AddEntry(onnx::TensorProto& tensor, const std::string& key,
              const std::string& value) {
  onnx::StringStringEntryProto& entry = *tensor.add_external_data();
  entry.set_key(key);
  entry.set_value(value);
}

// A LeNet in a folder of its own, with all weights in one file beside it, as
// torch.onnx.export writes them.
struct Fixture {
  Fixture() : folder(NewTestFolder()), path(folder + "/model.onnx") {
    std::string data;
    for (onnx::TensorProto& tensor :
         *model.mutable_graph()->mutable_initializer()) {
      AddEntry(tensor, "location", "model.onnx.data");
      AddEntry(tensor, "offset", std::to_string(data.size()));
      AddEntry(tensor, "length", std::to_string(tensor.raw_data().size()));
      tensor.set_data_location(onnx::TensorProto::EXTERNAL);
      data += tensor.raw_data();
      tensor.clear_raw_data();
    }
    EXPECT_TRUE(WriteFileAtomically(folder + "/model.onnx.data", data).ok());
  }

  // The entry `key` of the first tensor.
  std::string& Entry(const std::string& key) {
    for (auto& entry : *model.mutable_graph()
                            ->mutable_initializer(0)
                            ->mutable_external_data())
      if (entry.key() == key) return *entry.mutable_value();
    return *model.mutable_producer_name();
  }

  absl::StatusOr<OnnxModel> Read() const {
    EXPECT_TRUE(WriteFileAtomically(path, model.SerializeAsString()).ok());
    return ReadOnnxFile(path);
  }

  std::string Error() const { return std::string(Read().status().message()); }

  onnx::ModelProto model = LenetModel();
  const std::string folder, path;
};

TEST(ExternalData, IsReadFromTheModelsFolder) {
  Fixture fixture;
  const auto model = fixture.Read();
  ASSERT_TRUE(model.ok()) << model.status();
  const auto whole = ReadOnnx(LenetModel().SerializeAsString());
  for (size_t i = 0; i < whole->graph.nodes.size(); ++i)
    EXPECT_EQ(model->graph.nodes[i].weights, whole->graph.nodes[i].weights);
  // A path without a folder is in the working directory.
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(fixture.folder);
  EXPECT_TRUE(ReadOnnxFile("model.onnx").ok());
  std::filesystem::current_path(before);
}

TEST(ExternalData, BytesAloneHaveNoFolder) {
  Fixture fixture;
  EXPECT_THAT(ReadOnnx(fixture.model.SerializeAsString()).status().message(),
              HasSubstr("tensor 'w0' [6,3,5,5] is in an external file"));
}

TEST(ExternalData, StaysInTheFolder) {
  Fixture fixture;
  fixture.Entry("location") = fixture.folder + "/model.onnx.data";
  EXPECT_THAT(fixture.Error(), HasSubstr("a path inside the model's folder"));
  EXPECT_THAT(fixture.Error(),
              StartsWith(fixture.path + ": tensor 'w0' [6,3,5,5]: external"));
  fixture.Entry("location") = "../StaysInTheFolder/model.onnx.data";
  EXPECT_THAT(fixture.Error(), HasSubstr("a path inside the model's folder"));
  fixture.Entry("location") = "a/../../passwd";
  EXPECT_THAT(fixture.Error(), HasSubstr("a path inside the model's folder"));
  const auto link = [&](const char* to, const char* name) {
    std::filesystem::create_symlink(to, fixture.folder + "/" + name);
    fixture.Entry("location") = name;
    return fixture.Error();
  };
  EXPECT_THAT(link("/etc/passwd", "file"), HasSubstr("a link out of"));
  EXPECT_THAT(link("/etc", "folder"), HasSubstr("a link out of"));
  fixture.Entry("location") = "folder/passwd";
  EXPECT_THAT(fixture.Error(), HasSubstr("a link out of"));
  EXPECT_THAT(link("loop", "loop"), HasSubstr("cannot be opened"));
  // A folder whose name only begins like the model's.
  std::filesystem::create_directory(fixture.folder + "2");
  ASSERT_TRUE(WriteFileAtomically(fixture.folder + "2/data", "secret").ok());
  EXPECT_THAT(link("../StaysInTheFolder2/data", "sibling"),
              HasSubstr("a link out of"));
  // A link to a file inside is one.
  std::filesystem::create_symlink("model.onnx.data", fixture.folder + "/in");
  fixture.Entry("location") = "in";
  EXPECT_TRUE(fixture.Read().ok());
}

TEST(ExternalData, OnlyRegularFilesAreOpened) {
  Fixture fixture;
  fixture.Entry("location") = "absent";
  EXPECT_THAT(fixture.Error(), HasSubstr("'absent' cannot be opened: No such"));
  fixture.Entry("location") = ".";
  EXPECT_THAT(fixture.Error(), HasSubstr("is no file"));
  // Opening it would wait for a writer.
  ASSERT_EQ(mkfifo((fixture.folder + "/pipe").c_str(), 0600), 0);
  fixture.Entry("location") = "pipe";
  EXPECT_THAT(fixture.Error(), HasSubstr("is no file"));
  fixture.Entry("location") = "";
  EXPECT_THAT(fixture.Error(), HasSubstr("has no location"));
}

TEST(ExternalData, StaysInTheFile) {
  const auto with = [](const char* key, const std::string& value) {
    Fixture fixture;
    fixture.Entry(key) = value;
    return fixture.Error();
  };
  EXPECT_THAT(with("offset", "-1"), HasSubstr("has offset '-1'"));
  EXPECT_THAT(with("offset", "9223372036854775807"), HasSubstr("is outside"));
  EXPECT_THAT(with("offset", "99999999999999999999"), HasSubstr("has offset"));
  EXPECT_THAT(with("length", "1e3"), HasSubstr("has length '1e3'"));
  EXPECT_THAT(with("length", "9223372036854775807"), HasSubstr("is outside"));
  EXPECT_THAT(with("length", "1796"), HasSubstr("holds 449 elements"));
}

TEST(ExternalData, TensorsDoNotShareBytes) {
  Fixture fixture;
  for (onnx::TensorProto& tensor :
       *fixture.model.mutable_graph()->mutable_initializer()) {
    tensor.clear_external_data();
    AddEntry(tensor, "location", "model.onnx.data");
  }
  EXPECT_THAT(fixture.Error(), HasSubstr("shares bytes"));
}

TEST(ExternalData, OfAConstantNode) {
  Fixture fixture;
  onnx::GraphProto& graph = *fixture.model.mutable_graph();
  onnx::NodeProto constant;
  constant.set_op_type("Constant");
  constant.add_output(graph.initializer(0).name());
  constant.add_attribute()->set_name("value");
  *constant.mutable_attribute(0)->mutable_t() = graph.initializer(0);
  graph.mutable_initializer()->DeleteSubrange(0, 1);
  *graph.add_node() = constant;
  for (int i = graph.node_size() - 1; i > 0; --i)
    graph.mutable_node()->SwapElements(i, i - 1);
  const auto model = fixture.Read();
  EXPECT_TRUE(model.ok()) << model.status();
}

}  // namespace
}  // namespace lockstep::quant
