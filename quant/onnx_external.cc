#include "quant/onnx_external.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <system_error>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "quant/onnx_tensor.h"
#include "tools/cli/file.h"

namespace lockstep::quant {
namespace {

namespace fs = std::filesystem;

absl::Status Refuse(const onnx::TensorProto& tensor, absl::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat("tensor ", Describe(tensor), ": external data ", why));
}

// Which bytes of which file.
struct Place {
  std::string location;
  int64_t offset = 0;
  int64_t length = -1;  // -1: to the end
};

absl::StatusOr<Place> ReadPlace(const onnx::TensorProto& tensor) {
  Place place;
  for (const onnx::StringStringEntryProto& entry : tensor.external_data()) {
    int64_t* number = entry.key() == "offset"   ? &place.offset
                      : entry.key() == "length" ? &place.length
                                                : nullptr;
    if (entry.key() == "location") place.location = entry.value();
    if (number != nullptr &&
        (!absl::SimpleAtoi(entry.value(), number) || *number < 0))
      return Refuse(
          tensor, absl::StrCat("has ", entry.key(), " '", entry.value(), "'"));
  }
  if (place.location.empty()) return Refuse(tensor, "has no location");
  return place;
}

// All bytes of the files of one model, which are read once.
class Files {
 public:
  Files(const std::string& folder, int64_t max_bytes)
      : folder_(folder.empty() ? "." : folder), left_(max_bytes) {}

  // The bytes of `tensor`.
  absl::StatusOr<absl::string_view> Find(const onnx::TensorProto& tensor) {
    const absl::StatusOr<Place> place = ReadPlace(tensor);
    if (!place.ok()) return place.status();
    const absl::StatusOr<File*> file = Open(tensor, place->location);
    if (!file.ok()) return file.status();
    const int64_t size = (*file)->bytes.size();
    const int64_t length =
        place->length < 0 ? size - place->offset : place->length;
    if (place->offset > size || length > size - place->offset)
      return Refuse(tensor, absl::StrCat("at ", place->offset, " of ", length,
                                         " bytes is outside '", place->location,
                                         "', which has ", size));
    (*file)->used += length;
    if ((*file)->used > size)
      return Refuse(tensor, "shares bytes of its file with other tensors");
    return absl::string_view((*file)->bytes).substr(place->offset, length);
  }

 private:
  struct File {
    std::string bytes;
    int64_t used = 0;  // by tensors so far
  };

  // The real path of `location`, which must be a file inside the folder.
  absl::StatusOr<std::string> Resolve(const onnx::TensorProto& tensor,
                                      const std::string& location) const {
    const fs::path relative(location);
    if (relative.is_absolute() ||
        std::find(relative.begin(), relative.end(), "..") != relative.end())
      return Refuse(tensor, absl::StrCat("'", location,
                                         "' must be a path inside the model's "
                                         "folder"));
    std::error_code error;
    const fs::path folder = fs::canonical(folder_, error);
    const fs::path path =
        error ? folder : fs::canonical(folder / relative, error);
    if (error)
      return Refuse(
          tensor,
          absl::StrCat("'", location, "' cannot be opened: ", error.message()));
    const auto inside =
        std::mismatch(folder.begin(), folder.end(), path.begin(), path.end());
    if (inside.first != folder.end())
      return Refuse(tensor, absl::StrCat("'", location,
                                         "' is a link out of the model's "
                                         "folder"));
    if (!fs::is_regular_file(path, error))
      return Refuse(tensor, absl::StrCat("'", location, "' is no file"));
    return path.string();
  }

  absl::StatusOr<File*> Open(const onnx::TensorProto& tensor,
                             const std::string& location) {
    const auto path = Resolve(tensor, location);
    if (!path.ok()) return path.status();
    const auto found = files_.find(*path);
    if (found != files_.end()) return &found->second;
    auto bytes = ReadFile(*path, left_);
    if (!bytes.ok()) return bytes.status();
    left_ -= bytes->size();
    return &(files_[*path] = {*std::move(bytes), 0});
  }

  const std::string folder_;
  int64_t left_;  // bytes that may still be read
  std::map<std::string, File> files_;
};

// The tensors of the graph itself; nodes with graphs of their own are refused.
std::vector<onnx::TensorProto*> ExternalTensors(onnx::GraphProto& graph) {
  std::vector<onnx::TensorProto*> tensors;
  for (onnx::TensorProto& tensor : *graph.mutable_initializer())
    if (IsExternal(tensor)) tensors.push_back(&tensor);
  for (onnx::NodeProto& node : *graph.mutable_node())
    for (onnx::AttributeProto& attribute : *node.mutable_attribute())
      if (attribute.has_t() && IsExternal(attribute.t()))
        tensors.push_back(attribute.mutable_t());
  return tensors;
}

}  // namespace

absl::StatusOr<int64_t> LoadExternalData(const std::string& folder,
                                         int64_t max_bytes,
                                         onnx::GraphProto& graph) {
  Files files(folder, max_bytes);
  int64_t loaded = 0;
  for (onnx::TensorProto* tensor : ExternalTensors(graph)) {
    const auto bytes = files.Find(*tensor);
    if (!bytes.ok()) return bytes.status();
    tensor->set_raw_data(bytes->data(), bytes->size());
    tensor->clear_external_data();
    tensor->clear_data_location();
    loaded += bytes->size();
  }
  return loaded;
}

}  // namespace lockstep::quant
