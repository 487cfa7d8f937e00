#include "quant/bench_report.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"

namespace lockstep::quant {
namespace {

double MillisecondsPerImage(const BenchCell& cell, int threads) {
  return 1e3 * threads / cell.images_per_second.Median();
}

double GigaMacs(const BenchCell& cell, int64_t macs) {
  return cell.images_per_second.Median() * macs / 1e9;
}

std::string Row(const BenchCell& cell, const BenchContext& c) {
  const Rates& rates = cell.images_per_second;
  return absl::StrFormat(
      "| %d | %.1f | %.1f | %.1f %% | %.3f | %.1f |\n", cell.batch,
      rates.Median(), rates.Best(), rates.SpreadPercent(),
      MillisecondsPerImage(cell, c.threads), GigaMacs(cell, c.macs));
}

// `text` in quotes; a path or a CPU's name may hold anything.
std::string Quoted(const std::string& text) {
  std::string out = "\"";
  for (const unsigned char c : text) {
    if (c < 0x20)
      absl::StrAppendFormat(&out, "\\u%04x", c);
    else if (c == '"' || c == '\\')
      out += {'\\', char(c)};
    else
      out += c;
  }
  return out + "\"";
}

std::string CellJson(const BenchCell& cell, const BenchContext& c) {
  const Rates& rates = cell.images_per_second;
  return absl::StrFormat(
      "{\"batch\": %d, \"median\": %.6g, \"best\": %.6g, "
      "\"spread_percent\": %.4g, \"ms_per_image\": %.6g, "
      "\"gmac_per_second\": %.6g, \"samples\": [%s]}",
      cell.batch, rates.Median(), rates.Best(), rates.SpreadPercent(),
      MillisecondsPerImage(cell, c.threads), GigaMacs(cell, c.macs),
      absl::StrJoin(rates.samples, ", "));
}

std::string Peaks(const Peak& peak) {
  std::string text;
  for (const auto& [name, gmacs] : {std::pair("u8 x s8", peak.u8s8_gmacs),
                                    std::pair("s16 x s16", peak.s16_gmacs),
                                    std::pair("tiles", peak.tile_gmacs)})
    if (gmacs > 0)
      absl::StrAppendFormat(&text, "%s %.0f GMAC/s, ", name, gmacs);
  return absl::StrFormat("%sreading %.0f GB/s", text, peak.read_gbps);
}

// What takes the largest share of a layer's time, in words.
std::string Limit(const LayerProfile& layer, const NetProfile& profile) {
  const double products = layer.ProductShare();
  const double weights = layer.WeightShare(profile.peak, profile.images);
  const double rest = 1 - products - weights;
  if (layer.peak_gmacs == 0) return "no kernel: plain loops";
  if (weights > std::max(products, rest)) return "reading weights";
  if (products > 0.8) return "the peak";
  const bool winograd = absl::StartsWith(layer.kernel, "winograd");
  if (weights > rest) return "products, then reading weights";
  return winograd ? "products, then transforms and requantisation"
                  : "products, then requantisation and short sums";
}

std::string LayerJson(const LayerProfile& layer) {
  return absl::StrFormat(
      "{\"layer\": %s, \"shape\": %s, \"kernel\": %s, \"us_per_image\": %g, "
      "\"nominal_gmac_per_second\": %g, \"products_at_peak\": %g, "
      "\"weight_bytes\": %d}",
      Quoted(layer.name), Quoted(layer.shape), Quoted(layer.kernel),
      layer.microseconds, layer.NominalGmacs(), layer.ProductShare(),
      layer.weight_bytes);
}

std::string NetJson(const NetProfile& profile) {
  std::vector<std::string> layers;
  for (const LayerProfile& layer : profile.layers)
    layers.push_back(LayerJson(layer));
  return absl::StrFormat(
      "{\"batch\": %d, \"peak_gmac_per_second\": {\"u8s8\": %g, \"s16\": %g, "
      "\"tiles\": %g}, \"read_gb_per_second\": %g, \"of\": [\n   %s]}",
      profile.images, profile.peak.u8s8_gmacs, profile.peak.s16_gmacs,
      profile.peak.tile_gmacs, profile.peak.read_gbps,
      absl::StrJoin(layers, ",\n   "));
}

}  // namespace

std::string BenchTable(const std::vector<BenchCell>& cells,
                       const BenchContext& c) {
  std::string text =
      "# int8 throughput\n\n"
      "| batch | images/s, median | best | spread | ms/image a thread | "
      "GMAC/s |\n|---:|---:|---:|---:|---:|---:|\n";
  for (const BenchCell& cell : cells) absl::StrAppend(&text, Row(cell, c));
  absl::StrAppendFormat(&text,
                        "\n- model: %s (%.1f M multiplications an image)\n"
                        "- kernel: %s (%s)\n"
                        "- CPU: %s, %d threads, a batch each\n"
                        "- %d samples of about %g s each, after a warm-up\n",
                        c.model, c.macs / 1e6, c.isa, c.description, c.cpu,
                        c.threads, c.sampling.repeats, c.sampling.seconds);
  return text;
}

std::string LayerTable(const NetProfile& profile) {
  const double total = profile.Microseconds();
  std::string table = absl::StrFormat(
      "\nLayers in a batch of %d on one core, %.0f us an image. Measured "
      "peaks: "
      "%s.\n\n"
      "| layer | shape | kernel | us/image | of net | nominal GMAC/s | "
      "products at peak | weights | no faster because of |\n"
      "|---|---|---|---:|---:|---:|---:|---:|---|\n",
      profile.images, total, Peaks(profile.peak));
  for (const LayerProfile& layer : profile.layers)
    absl::StrAppendFormat(
        &table,
        "| %s | %s | %s | %.1f | %.1f %% | %.0f | %.0f %% | %.0f %% | %s |\n",
        layer.name, layer.shape, layer.kernel, layer.microseconds,
        100 * layer.microseconds / total, layer.NominalGmacs(),
        100 * layer.ProductShare(),
        100 * layer.WeightShare(profile.peak, profile.images),
        Limit(layer, profile));
  return table;
}

std::string BenchJson(const std::vector<BenchCell>& cells,
                      const BenchContext& c,
                      const std::vector<NetProfile>& profiles) {
  std::vector<std::string> rows, nets;
  for (const BenchCell& cell : cells) rows.push_back(CellJson(cell, c));
  for (const NetProfile& profile : profiles) nets.push_back(NetJson(profile));
  return absl::StrFormat(
      "{\"engine\": \"lockstep\", \"model\": %s, \"isa\": %s, \"kernel\": %s, "
      "\"cpu\": %s, \"threads\": %d, \"seconds\": %g, \"macs\": %d,\n"
      " \"cells\": [\n  %s],\n \"layers\": [\n  %s]}\n",
      Quoted(c.model), Quoted(c.isa), Quoted(c.description), Quoted(c.cpu),
      c.threads, c.sampling.seconds, c.macs, absl::StrJoin(rows, ",\n  "),
      absl::StrJoin(nets, ",\n  "));
}

}  // namespace lockstep::quant
