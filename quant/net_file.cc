#include "quant/net_file.h"

#include <isa-l.h>

#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/wire_format_lite.h"
#include "quant/check_integer_graph.h"
#include "quant/net_file.pb.h"
#include "tools/cli/mapped_file.h"

namespace lockstep::quant {
namespace {

using google::protobuf::internal::WireFormatLite;

constexpr absl::string_view kMagic = "LSQNET\r\n";
constexpr uint32_t kVersion = 1;
constexpr size_t kAlignment = 64;
constexpr size_t kCrcFrom = 16;
// A net may have 2^26 weights (float_graph.h). Half a million channels make a
// description of 8 MiB, of which no byte becomes more than 16 in memory if it
// has no more parts than 10,000 layers need.
constexpr size_t kMaxBytes = size_t{128} << 20;
constexpr size_t kMaxDescription = size_t{8} << 20;
constexpr int kMaxParts = 30'000;

struct Header {
  char magic[8];
  uint32_t version;
  uint32_t crc;
  uint64_t description_size;
  uint64_t weights_at;
  uint64_t file_size;
  uint64_t zeros[3];
};
static_assert(sizeof(Header) == kAlignment);
static_assert(std::is_trivially_copyable_v<Header>);

void PadTo(size_t multiple, std::string& bytes) {
  bytes.resize((bytes.size() + multiple - 1) / multiple * multiple);
}

uint32_t Crc(absl::string_view file) {
  return crc32_iscsi(
      const_cast<unsigned char*>(
          reinterpret_cast<const unsigned char*>(file.data() + kCrcFrom)),
      file.size() - kCrcFrom, 0);
}

// -- to the file
// ---------------------------------------------------------------

void Describe(const Window& w, NetDescription::Window& out) {
  out.set_kernel_h(w.kernel_h);
  out.set_kernel_w(w.kernel_w);
  out.set_stride_h(w.stride_h);
  out.set_stride_w(w.stride_w);
  out.set_pad_top(w.pad_top);
  out.set_pad_left(w.pad_left);
  out.set_pad_bottom(w.pad_bottom);
  out.set_pad_right(w.pad_right);
}

void Describe(const IntegerGraph& graph, size_t v, NetDescription::Value& out) {
  out.mutable_shape()->set_channels(graph.shapes[v].channels);
  out.mutable_shape()->set_height(graph.shapes[v].height);
  out.mutable_shape()->set_width(graph.shapes[v].width);
  out.set_storage(static_cast<int>(graph.storages[v]));
  out.set_scale(graph.encodings[v].scale);
  out.set_zero_point(graph.encodings[v].zero_point);
  out.set_source(graph.sources[v]);
}

template <typename From, typename To>
void Append(const From& from, To& to) {
  to.Add(from.begin(), from.end());
}

// Appends the layer's weights to `weights`.
void Describe(const IntegerLayer& layer, std::string& weights,
              NetDescription::Layer& out) {
  out.set_op(static_cast<int>(layer.op));
  out.set_name(layer.name);
  out.set_input(layer.input);
  out.set_residual(layer.residual);
  Describe(layer.window, *out.mutable_window());
  PadTo(kAlignment, weights);
  out.set_weights_offset(weights.size());
  out.set_weights_size(layer.weights.size());
  weights.append(layer.weights.begin(), layer.weights.end());
  out.mutable_padding()->assign(layer.padding.begin(), layer.padding.end());
  const Requantization& q = layer.requantization;
  Append(q.multiplier, *out.mutable_multiplier());
  Append(q.offset, *out.mutable_offset());
  out.set_input_multiplier(q.input_multiplier);
  out.set_residual_multiplier(q.residual_multiplier);
  Append(q.wide_multiplier, *out.mutable_wide_multiplier());
}

// -- from the file
// -------------------------------------------------------------

absl::Status Damaged(absl::string_view why) {
  return absl::DataLossError(absl::StrCat("not a whole .lsq file: ", why));
}

absl::StatusOr<Header> ReadHeader(absl::string_view bytes) {
  Header header;
  if (bytes.size() < sizeof(header) || !IsNetFile(bytes))
    return Damaged("it does not begin like one");
  std::memcpy(&header, bytes.data(), sizeof(header));
  if (header.version != kVersion)
    return absl::UnimplementedError(absl::StrCat("version ", header.version,
                                                 " of the .lsq format; this "
                                                 "program reads version ",
                                                 kVersion));
  if (header.file_size != bytes.size())
    return Damaged(absl::StrCat("it has ", bytes.size(), " bytes, not ",
                                header.file_size));
  if (header.crc != Crc(bytes)) return Damaged("its CRC-32C is wrong");
  if (header.weights_at > bytes.size() || header.weights_at % kAlignment != 0 ||
      header.description_size > header.weights_at ||
      sizeof(header) > header.weights_at - header.description_size)
    return Damaged("its parts overlap");
  return header;
}

// Parses at a memory that the size bounds: two bytes of a file can be an empty
// layer of 250.
absl::Status Parse(absl::string_view bytes, NetDescription& description) {
  if (bytes.size() > kMaxDescription)
    return Damaged(absl::StrCat("its description of ", bytes.size(),
                                " bytes is too long"));
  google::protobuf::io::CodedInputStream in(
      reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
  int parts = 0;
  while (const uint32_t tag = in.ReadTag())
    if (++parts > kMaxParts || !WireFormatLite::SkipField(&in, tag)) break;
  if (parts > kMaxParts) return Damaged("its description has too many parts");
  if (!description.ParseFromArray(bytes.data(), bytes.size()))
    return Damaged("its description cannot be read");
  return absl::OkStatus();
}

Window WindowOf(const NetDescription::Window& w) {
  return {w.kernel_h(), w.kernel_w(), w.stride_h(),   w.stride_w(),
          w.pad_top(),  w.pad_left(), w.pad_bottom(), w.pad_right()};
}

absl::StatusOr<IntegerLayer> LayerOf(const NetDescription::Layer& from,
                                     absl::string_view weights) {
  if (from.weights_offset() > weights.size() ||
      from.weights_size() > weights.size() - from.weights_offset())
    return Damaged(absl::StrCat("weights of layer '", from.name(),
                                "' are outside the file"));
  if (from.op() < 0 || from.op() > static_cast<int>(IntegerOp::kRescale))
    return Damaged(absl::StrCat("layer '", from.name(), "' has no known kind"));
  IntegerLayer layer = {static_cast<IntegerOp>(from.op()), from.name(),
                        from.input(), from.residual(), WindowOf(from.window())};
  const char* first = weights.data() + from.weights_offset();
  layer.weights.assign(first, first + from.weights_size());
  layer.padding.assign(from.padding().begin(), from.padding().end());
  Requantization& q = layer.requantization;
  q.multiplier.assign(from.multiplier().begin(), from.multiplier().end());
  q.offset.assign(from.offset().begin(), from.offset().end());
  q.input_multiplier = from.input_multiplier();
  q.residual_multiplier = from.residual_multiplier();
  q.wide_multiplier.assign(from.wide_multiplier().begin(),
                           from.wide_multiplier().end());
  return layer;
}

absl::Status AddValue(const NetDescription::Value& value, IntegerGraph& graph) {
  if (value.storage() < 0 ||
      value.storage() > static_cast<int>(Storage::kLogits) ||
      value.zero_point() < 0 || value.zero_point() > 255)
    return Damaged("a value has no known storage or zero point");
  graph.shapes.push_back({value.shape().channels(), value.shape().height(),
                          value.shape().width()});
  graph.storages.push_back(static_cast<Storage>(value.storage()));
  graph.encodings.push_back(
      {value.scale(), static_cast<uint8_t>(value.zero_point())});
  graph.sources.push_back(value.source());
  return absl::OkStatus();
}

absl::StatusOr<IntegerGraph> GraphOf(const NetDescription& description,
                                     absl::string_view weights) {
  IntegerGraph graph;
  for (const NetDescription::Value& value : description.values()) {
    const absl::Status status = AddValue(value, graph);
    if (!status.ok()) return status;
  }
  if (description.layers_size() + 1 != description.values_size())
    return Damaged("it has not one value a layer");
  size_t unused = weights.size();
  for (const NetDescription::Layer& from : description.layers()) {
    if (from.weights_size() > unused)
      return Damaged("its layers have more weights than the file");
    unused -= from.weights_size();
    auto layer = LayerOf(from, weights);
    if (!layer.ok()) return layer.status();
    graph.layers.push_back(*std::move(layer));
    graph.layers.back().output = graph.storages[graph.layers.size()];
  }
  graph.input_codes.assign(description.input_codes().begin(),
                           description.input_codes().end());
  graph.logit_scale = description.logit_scale();
  return graph;
}

}  // namespace

std::string EncodeNet(const NetFile& net) {
  NetDescription description;
  std::string weights;
  for (size_t v = 0; v < net.graph.shapes.size(); ++v)
    Describe(net.graph, v, *description.add_values());
  for (const IntegerLayer& layer : net.graph.layers)
    Describe(layer, weights, *description.add_layers());
  description.mutable_input_codes()->assign(net.graph.input_codes.begin(),
                                            net.graph.input_codes.end());
  description.set_logit_scale(net.graph.logit_scale);
  for (const auto& [key, value] : net.metadata) {
    NetDescription::Fact& fact = *description.add_metadata();
    fact.set_key(key);
    fact.set_value(value);
  }
  std::string bytes(sizeof(Header), '\0');
  description.AppendToString(&bytes);
  Header header = {};
  std::memcpy(header.magic, kMagic.data(), kMagic.size());
  header.version = kVersion;
  header.description_size = bytes.size() - sizeof(Header);
  PadTo(kAlignment, bytes);
  header.weights_at = bytes.size();
  header.file_size = bytes.size() + weights.size();
  bytes += weights;
  std::memcpy(bytes.data(), &header, sizeof(header));
  header.crc = Crc(bytes);
  std::memcpy(bytes.data(), &header, sizeof(header));
  return bytes;
}

absl::StatusOr<NetFile> DecodeNet(absl::string_view bytes) {
  const auto header = ReadHeader(bytes);
  if (!header.ok()) return header.status();
  NetDescription description;
  absl::Status status = Parse(
      bytes.substr(sizeof(Header), header->description_size), description);
  if (!status.ok()) return status;
  auto graph = GraphOf(description, bytes.substr(header->weights_at));
  if (!graph.ok()) return graph.status();
  status = CheckIntegerGraph(*graph);
  if (!status.ok()) return status;
  NetFile net = {*std::move(graph), {}};
  for (const NetDescription::Fact& fact : description.metadata())
    net.metadata[fact.key()] = fact.value();
  return net;
}

absl::StatusOr<NetFile> LoadNet(const std::string& path) {
  const auto file = MappedFile::Open(path, kMaxBytes);
  if (!file.ok()) return file.status();
  auto net = DecodeNet(file->bytes());
  if (net.ok()) return net;
  return absl::Status(net.status().code(),
                      absl::StrCat(path, ": ", net.status().message()));
}

bool IsNetFile(absl::string_view bytes) {
  return bytes.substr(0, kMagic.size()) == kMagic;
}

}  // namespace lockstep::quant
