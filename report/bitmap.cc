#include "report/bitmap.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace lockstep {
namespace {

constexpr int kHeaderBytes = 54;  // BITMAPFILEHEADER and BITMAPINFOHEADER

void AppendNumber(uint32_t value, int bytes, std::string& file) {
  for (int i = 0; i < bytes; ++i) file.push_back(char(value >> 8 * i & 0xff));
}

std::string Header(int width, int height, int pixel_bytes) {
  std::string header = "BM";
  AppendNumber(kHeaderBytes + pixel_bytes, 4, header);
  AppendNumber(0, 4, header);  // reserved
  AppendNumber(kHeaderBytes, 4, header);
  AppendNumber(40, 4, header);  // bytes of the second header
  AppendNumber(width, 4, header);
  AppendNumber(height, 4, header);
  AppendNumber(1, 2, header);  // planes
  AppendNumber(24, 2, header);
  AppendNumber(0, 4, header);  // uncompressed
  AppendNumber(pixel_bytes, 4, header);
  header.resize(kHeaderBytes);  // resolution and palette: none
  return header;
}

}  // namespace

std::string BitmapUri(const uint8_t* rgb, int width, int height) {
  const int row_bytes = (3 * width + 3) / 4 * 4;
  std::string file = Header(width, height, row_bytes * height);
  for (int y = height - 1; y >= 0; --y) {  // the last row is first in the file
    for (int x = 0; x < width; ++x)
      for (int c = 2; c >= 0; --c)
        file.push_back(char(rgb[3 * (y * width + x) + c]));
    file.resize(file.size() + row_bytes - 3 * width);
  }
  return absl::StrCat("data:image/bmp;base64,", absl::Base64Escape(file));
}

}  // namespace lockstep
