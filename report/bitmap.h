// A picture inside a page.

#ifndef LOCKSTEP_REPORT_BITMAP_H_
#define LOCKSTEP_REPORT_BITMAP_H_

#include <cstdint>
#include <string>

namespace lockstep {

// "data:image/bmp;base64,..." of `rgb`, [height][width][3] bytes, the first row
// at the top: an uncompressed Windows bitmap of 24 bits a pixel.
std::string BitmapUri(const uint8_t* rgb, int width, int height);

}  // namespace lockstep

#endif  // LOCKSTEP_REPORT_BITMAP_H_
