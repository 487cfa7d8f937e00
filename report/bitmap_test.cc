#include "report/bitmap.h"

#include "absl/strings/escaping.h"
#include "gtest/gtest.h"

namespace lockstep {
namespace {

TEST(Bitmap, IsTheFormat) {
  // Red and green above blue and white.
  const uint8_t rgb[] = {255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255};
  const std::string uri = BitmapUri(rgb, 2, 2);
  const std::string start = "data:image/bmp;base64,";
  ASSERT_EQ(uri.substr(0, start.size()), start);
  std::string file;
  ASSERT_TRUE(absl::Base64Unescape(uri.substr(start.size()), &file));
  ASSERT_EQ(file.size(), 54 + 16);
  EXPECT_EQ(file.substr(0, 2), "BM");
  EXPECT_EQ(file[2], 70);   // bytes of the file
  EXPECT_EQ(file[10], 54);  // where pixels begin
  EXPECT_EQ(file[18], 2);
  EXPECT_EQ(file[22], 2);
  EXPECT_EQ(file[28], 24);
  EXPECT_EQ(absl::BytesToHexString(file.substr(54)),
            "ff0000ffffff0000"    // blue, white, padding
            "0000ff00ff000000");  // red, green, padding
}

}  // namespace
}  // namespace lockstep
