package dev.keiryo.assembler;

import java.util.Locale;

/**
 * The vector instructions, each with its encodings, in the order of preference. Their operands stand in Intel's order. A line reads
 *
 * <pre>    ENCODINGS.PREFIX.MAP.W OPCODE[/EXTENSION] ROLES OPERAND... CONDITION...</pre>
 *
 * <ul>
 *   <li>ENCODINGS: V for VEX, E for EVEX. PREFIX: np, 66, f3, f2. MAP: 0f, 0f38, 0f3a. W: w0 unless said; w01 is 0 in VEX, 1 in EVEX.
 *   <li>ROLES: the field that each operand is in: R the field reg, M the field r/m, V the field vvvv; then I for an immediate byte, or S
 *       where that byte holds a fourth register.
 *   <li>OPERAND: v, h, q, e for a vector of the instruction's length, a half, a quarter, an eighth of it; x, y for 128, 256 bits; d, g for
 *       the lower half of a general register, the whole; k for a mask; m for memory alone; i for memory indexed by a vector. In the role M
 *       it may be memory, of the same size unless a number of bytes follows, but not where the letter is a capital; {@code *4} says
 *       that elements of four bytes can be broadcast.
 *   <li>CONDITION: the vector length in bits; {@code -k}: cannot be masked; {@code +k}: must be.
 * </ul>
 *
 * Source: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2.
 */
public enum Instruction {
    // moves
    VMOVUPS("VE.np.0f 10 RM v v", "VE.np.0f 11 MR mv v"),
    VMOVAPS("VE.np.0f 28 RM v v", "VE.np.0f 29 MR mv v"),
    VMOVDQU("V.f3.0f 6f RM v v", "V.f3.0f 7f MR mv v"),
    VMOVDQU8("E.f2.0f.w0 6f RM v v", "E.f2.0f.w0 7f MR mv v"),
    VMOVDQU16("E.f2.0f.w1 6f RM v v", "E.f2.0f.w1 7f MR mv v"),
    VMOVDQU32("E.f3.0f.w0 6f RM v v", "E.f3.0f.w0 7f MR mv v"),
    VMOVDQU64("E.f3.0f.w1 6f RM v v", "E.f3.0f.w1 7f MR mv v"),
    VLDDQU("V.f2.0f f0 RM v mv"),
    VMASKMOVPS("V.66.0f38.w0 2c RVM v v mv", "V.66.0f38.w0 2e MVR mv v v"),
    VMOVNTPS("VE.np.0f 2b MR mv v -k"),
    VMOVNTDQA("VE.66.0f38 2a RM v mv -k"),
    VMOVD("VE.66.0f.w0 6e RM x d4 -k", "VE.66.0f.w0 7e MR d4 x -k"),
    VMOVQ(
            "V.f3.0f 7e RM x x8",
            "E.f3.0f.w1 7e RM x X -k",
            "V.66.0f d6 MR m8 x",
            "VE.66.0f.w1 6e RM x g8 -k",
            "VE.66.0f.w1 7e MR g8 x -k"),
    VMOVSS("VE.f3.0f.w0 10 RM x m4", "VE.f3.0f.w0 11 MR m4 x", "VE.f3.0f.w0 10 RVM x x X"),
    VMOVSD("VE.f2.0f.w01 10 RM x m8", "VE.f2.0f.w01 11 MR m8 x", "VE.f2.0f.w01 10 RVM x x X"),
    VMOVSLDUP("VE.f3.0f 12 RM v v"),
    VMOVSHDUP("VE.f3.0f 16 RM v v"),
    VMOVDDUP("VE.f2.0f.w01 12 RM x x8", "VE.f2.0f.w01 12 RM v v >=256"),
    VMOVHLPS("VE.np.0f 12 RVM x x X -k"),
    VMOVLHPS("VE.np.0f 16 RVM x x X -k"),
    VMOVMSKPS("V.np.0f 50 RM d V"),
    VPMOVMSKB("V.66.0f d7 RM d V"),
    VPTEST("V.66.0f38 17 RM v v"),
    KMOVB("V.66.0f.w0 90 RM k k1", "V.66.0f.w0 91 MR m1 k", "V.66.0f.w0 92 RM k D", "V.66.0f.w0 93 RM d K"),
    KMOVW("V.np.0f.w0 90 RM k k2", "V.np.0f.w0 91 MR m2 k", "V.np.0f.w0 92 RM k D", "V.np.0f.w0 93 RM d K"),
    KMOVD("V.66.0f.w1 90 RM k k4", "V.66.0f.w1 91 MR m4 k", "V.f2.0f.w0 92 RM k D", "V.f2.0f.w0 93 RM d K"),
    KMOVQ("V.np.0f.w1 90 RM k k8", "V.np.0f.w1 91 MR m8 k", "V.f2.0f.w1 92 RM k G", "V.f2.0f.w1 93 RM g K"),
    KXORW("V.np.0f.w0 47 RVM k k K =256"),

    // broadcasts
    VBROADCASTSS("VE.66.0f38.w0 18 RM v x4"),
    VBROADCASTSD("VE.66.0f38.w01 19 RM v x8 >=256"),
    VPBROADCASTB("VE.66.0f38.w0 78 RM v x1", "E.66.0f38.w0 7a RM v D"),
    VPBROADCASTW("VE.66.0f38.w0 79 RM v x2", "E.66.0f38.w0 7b RM v D"),
    VPBROADCASTD("VE.66.0f38.w0 58 RM v x4", "E.66.0f38.w0 7c RM v D"),
    VPBROADCASTQ("VE.66.0f38.w01 59 RM v x8", "E.66.0f38.w1 7c RM v G"),
    VBROADCASTF128("V.66.0f38.w0 1a RM v m16 =256"),
    VBROADCASTI128("V.66.0f38.w0 5a RM v m16 =256"),
    VBROADCASTF32X4("E.66.0f38.w0 1a RM v m16 >=256"),
    VBROADCASTI32X4("E.66.0f38.w0 5a RM v m16 >=256"),
    VBROADCASTF64X4("E.66.0f38.w1 1b RM v m32 =512"),
    VBROADCASTI64X4("E.66.0f38.w1 5b RM v m32 =512"),

    // float32
    VADDPS("VE.np.0f.w0 58 RVM v v v*4"),
    VSUBPS("VE.np.0f.w0 5c RVM v v v*4"),
    VMULPS("VE.np.0f.w0 59 RVM v v v*4"),
    VDIVPS("VE.np.0f.w0 5e RVM v v v*4"),
    VMINPS("VE.np.0f.w0 5d RVM v v v*4"),
    VMAXPS("VE.np.0f.w0 5f RVM v v v*4"),
    VSQRTPS("VE.np.0f.w0 51 RM v v*4"),
    VADDSS("VE.f3.0f.w0 58 RVM x x x4"),
    VSUBSS("VE.f3.0f.w0 5c RVM x x x4"),
    VMULSS("VE.f3.0f.w0 59 RVM x x x4"),
    VDIVSS("VE.f3.0f.w0 5e RVM x x x4"),
    VMINSS("VE.f3.0f.w0 5d RVM x x x4"),
    VMAXSS("VE.f3.0f.w0 5f RVM x x x4"),
    VSQRTSS("VE.f3.0f.w0 51 RVM x x x4"),
    VHADDPS("V.f2.0f 7c RVM v v v"),
    VADDSUBPS("V.f2.0f d0 RVM v v v"),
    VFMADD132PS("VE.66.0f38.w0 98 RVM v v v*4"),
    VFMADD213PS("VE.66.0f38.w0 a8 RVM v v v*4"),
    VFMADD231PS("VE.66.0f38.w0 b8 RVM v v v*4"),
    VFMSUB231PS("VE.66.0f38.w0 ba RVM v v v*4"),
    VFNMADD132PS("VE.66.0f38.w0 9c RVM v v v*4"),
    VFNMADD213PS("VE.66.0f38.w0 ac RVM v v v*4"),
    VFNMADD231PS("VE.66.0f38.w0 bc RVM v v v*4"),
    VFMADDSUB132PS("VE.66.0f38.w0 96 RVM v v v*4"),
    VFMADDSUB213PS("VE.66.0f38.w0 a6 RVM v v v*4"),
    VFMADDSUB231PS("VE.66.0f38.w0 b6 RVM v v v*4"),
    VFMADD231SS("VE.66.0f38.w0 b9 RVM x x x4"),
    VFNMADD231SS("VE.66.0f38.w0 bd RVM x x x4"),
    VRNDSCALEPS("E.66.0f3a.w0 08 RMI v v*4"),
    VREDUCEPS("E.66.0f3a.w0 56 RMI v v*4"),
    VSCALEFPS("E.66.0f38.w0 2c RVM v v v*4"),
    VROUNDPS("V.66.0f3a 08 RMI v v"),
    VRCP14PS("E.66.0f38.w0 4c RM v v*4"),
    VRSQRT14PS("E.66.0f38.w0 4e RM v v*4"),

    // float64
    VADDPD("VE.66.0f.w01 58 RVM v v v*8"),
    VSUBPD("VE.66.0f.w01 5c RVM v v v*8"),
    VMULPD("VE.66.0f.w01 59 RVM v v v*8"),
    VDIVPD("VE.66.0f.w01 5e RVM v v v*8"),
    VSQRTPD("VE.66.0f.w01 51 RM v v*8"),
    VFMADD213PD("VE.66.0f38.w1 a8 RVM v v v*8"),
    VFMADD231PD("VE.66.0f38.w1 b8 RVM v v v*8"),
    VADDSD("VE.f2.0f.w01 58 RVM x x x8"),
    VSUBSD("VE.f2.0f.w01 5c RVM x x x8"),
    VMULSD("VE.f2.0f.w01 59 RVM x x x8"),
    VDIVSD("VE.f2.0f.w01 5e RVM x x x8"),
    VSQRTSD("VE.f2.0f.w01 51 RVM x x x8"),
    VFMADD213SD("VE.66.0f38.w1 a9 RVM x x x8"),
    VFMADD231SD("VE.66.0f38.w1 b9 RVM x x x8"),

    // comparisons and blends
    VCMPPS("E.np.0f.w0 c2 RVMI k v v*4", "V.np.0f c2 RVMI v v v"),
    VPCMPD("E.66.0f3a.w0 1f RVMI k v v*4"),
    VPCMPUD("E.66.0f3a.w0 1e RVMI k v v*4"),
    VPCMPEQB("V.66.0f 74 RVM v v v", "E.66.0f 74 RVM k v v"),
    VPCMPEQD("V.66.0f 76 RVM v v v", "E.66.0f.w0 76 RVM k v v*4"),
    VPCMPGTB("V.66.0f 64 RVM v v v", "E.66.0f 64 RVM k v v"),
    VPCMPGTD("V.66.0f 66 RVM v v v", "E.66.0f.w0 66 RVM k v v*4"),
    VBLENDMPS("E.66.0f38.w0 65 RVM v v v*4"),
    VBLENDVPS("V.66.0f3a.w0 4a RVMS v v v v"),
    VPBLENDD("V.66.0f3a.w0 02 RVMI v v v"),

    // conversions; with memory as source, the destination says the length, and an xmm one means 256 bits
    VCVTDQ2PS("VE.np.0f.w0 5b RM v v*4"),
    VCVTPS2DQ("VE.66.0f.w0 5b RM v v*4"),
    VCVTTPS2DQ("VE.f3.0f.w0 5b RM v v*4"),
    VCVTPS2PD("VE.np.0f.w0 5a RM v h*4"),
    VCVTPD2PS("VE.66.0f.w01 5a RM h v*8"),
    VCVTDQ2PD("VE.f3.0f.w0 e6 RM v h*4"),
    VCVTSS2SD("VE.f3.0f.w0 5a RVM x x x4"),
    VCVTSD2SS("VE.f2.0f.w01 5a RVM x x x8"),
    VCVTPH2PS("VE.66.0f38.w0 13 RM v h"),
    VCVTPS2PH("VE.66.0f3a.w0 1d MRI h v"),
    VCVTNEPS2BF16("E.f3.0f38.w0 72 RM h v*4"),
    VPMOVSXBW("VE.66.0f38 20 RM v h"),
    VPMOVSXBD("VE.66.0f38 21 RM v q"),
    VPMOVSXWD("VE.66.0f38 23 RM v h"),
    VPMOVSXDQ("VE.66.0f38.w0 25 RM v h"),
    VPMOVZXBW("VE.66.0f38 30 RM v h"),
    VPMOVZXBD("VE.66.0f38 31 RM v q"),
    VPMOVZXWD("VE.66.0f38 33 RM v h"),
    VPMOVDB("E.f3.0f38.w0 31 MR q v"),
    VPMOVSDB("E.f3.0f38.w0 21 MR q v"),
    VPMOVDW("E.f3.0f38.w0 33 MR h v"),
    VPMOVSDW("E.f3.0f38.w0 23 MR h v"),
    VPMOVWB("E.f3.0f38.w0 30 MR h v"),
    VPACKSSWB("VE.66.0f 63 RVM v v v"),
    VPACKUSWB("VE.66.0f 67 RVM v v v"),
    VPACKSSDW("VE.66.0f.w0 6b RVM v v v*4"),
    VPACKUSDW("VE.66.0f38.w0 2b RVM v v v*4"),

    // integers
    VPADDB("VE.66.0f fc RVM v v v"),
    VPADDW("VE.66.0f fd RVM v v v"),
    VPADDD("VE.66.0f.w0 fe RVM v v v*4"),
    VPADDQ("VE.66.0f.w01 d4 RVM v v v*8"),
    VPSUBB("VE.66.0f f8 RVM v v v"),
    VPSUBW("VE.66.0f f9 RVM v v v"),
    VPSUBD("VE.66.0f.w0 fa RVM v v v*4"),
    VPMULLW("VE.66.0f d5 RVM v v v"),
    VPMULLD("VE.66.0f38.w0 40 RVM v v v*4"),
    VPMADDWD("VE.66.0f f5 RVM v v v"),
    VPMADDUBSW("VE.66.0f38 04 RVM v v v"),
    VPABSB("VE.66.0f38 1c RM v v"),
    VPABSD("VE.66.0f38.w0 1e RM v v*4"),
    VPSIGNB("V.66.0f38 08 RVM v v v"),
    VPMINSB("VE.66.0f38 38 RVM v v v"),
    VPMAXSB("VE.66.0f38 3c RVM v v v"),
    VPMINSD("VE.66.0f38.w0 39 RVM v v v*4"),
    VPMAXSD("VE.66.0f38.w0 3d RVM v v v*4"),
    VPMINUD("VE.66.0f38.w0 3b RVM v v v*4"),
    VPMAXUD("VE.66.0f38.w0 3f RVM v v v*4"),
    VPDPBUSD("E.66.0f38.w0 50 RVM v v v*4"),
    /** AVX-VNNI's: of processors that may not have AVX-512. */
    VEX_VPDPBUSD("V.66.0f38.w0 50 RVM v v v"),
    VPDPBUSDS("E.66.0f38.w0 51 RVM v v v*4"),
    VPDPWSSD("E.66.0f38.w0 52 RVM v v v*4"),
    VDPBF16PS("E.f3.0f38.w0 52 RVM v v v*4"),

    // logic
    VPAND("V.66.0f db RVM v v v"),
    VPANDN("V.66.0f df RVM v v v"),
    VPOR("V.66.0f eb RVM v v v"),
    VPXOR("V.66.0f ef RVM v v v"),
    VPANDD("E.66.0f.w0 db RVM v v v*4"),
    VPANDND("E.66.0f.w0 df RVM v v v*4"),
    VPORD("E.66.0f.w0 eb RVM v v v*4"),
    VPXORD("E.66.0f.w0 ef RVM v v v*4"),
    VPTERNLOGD("E.66.0f3a.w0 25 RVMI v v v*4"),
    VANDPS("VE.np.0f.w0 54 RVM v v v*4"),
    VANDNPS("VE.np.0f.w0 55 RVM v v v*4"),
    VORPS("VE.np.0f.w0 56 RVM v v v*4"),
    VXORPS("VE.np.0f.w0 57 RVM v v v*4"),

    // shifts and rotations
    VPSLLW("VE.66.0f f1 RVM v v x", "V.66.0f 71/6 VMI v V", "E.66.0f 71/6 VMI v v"),
    VPSRLW("VE.66.0f d1 RVM v v x", "V.66.0f 71/2 VMI v V", "E.66.0f 71/2 VMI v v"),
    VPSRAW("VE.66.0f e1 RVM v v x", "V.66.0f 71/4 VMI v V", "E.66.0f 71/4 VMI v v"),
    VPSLLD("VE.66.0f.w0 f2 RVM v v x", "V.66.0f 72/6 VMI v V", "E.66.0f.w0 72/6 VMI v v*4"),
    VPSRLD("VE.66.0f.w0 d2 RVM v v x", "V.66.0f 72/2 VMI v V", "E.66.0f.w0 72/2 VMI v v*4"),
    VPSRAD("VE.66.0f.w0 e2 RVM v v x", "V.66.0f 72/4 VMI v V", "E.66.0f.w0 72/4 VMI v v*4"),
    VPSLLQ("VE.66.0f.w01 f3 RVM v v x", "V.66.0f 73/6 VMI v V", "E.66.0f.w1 73/6 VMI v v*8"),
    VPSRLQ("VE.66.0f.w01 d3 RVM v v x", "V.66.0f 73/2 VMI v V", "E.66.0f.w1 73/2 VMI v v*8"),
    VPSLLVD("VE.66.0f38.w0 47 RVM v v v*4"),
    VPSRLVD("VE.66.0f38.w0 45 RVM v v v*4"),
    VPSRAVD("VE.66.0f38.w0 46 RVM v v v*4"),
    VPROLD("E.66.0f.w0 72/1 VMI v v*4"),
    VPRORD("E.66.0f.w0 72/0 VMI v v*4"),

    // shuffles
    VPSHUFB("VE.66.0f38 00 RVM v v v"),
    VPSHUFD("VE.66.0f.w0 70 RMI v v*4"),
    VSHUFPS("VE.np.0f.w0 c6 RVMI v v v*4"),
    VPERMILPS("VE.66.0f38.w0 0c RVM v v v*4", "VE.66.0f3a.w0 04 RMI v v*4"),
    VPERMPS("VE.66.0f38.w0 16 RVM v v v*4 >=256"),
    VPERMD("VE.66.0f38.w0 36 RVM v v v*4 >=256"),
    VPERMQ("VE.66.0f3a.w1 00 RMI v v*8 >=256"),
    VPERMB("E.66.0f38.w0 8d RVM v v v"),
    VPERMW("E.66.0f38.w1 8d RVM v v v"),
    VPERMI2D("E.66.0f38.w0 76 RVM v v v*4"),
    VPERMI2PS("E.66.0f38.w0 77 RVM v v v*4"),
    VPERMT2D("E.66.0f38.w0 7e RVM v v v*4"),
    VPERMT2PS("E.66.0f38.w0 7f RVM v v v*4"),
    VPUNPCKLBW("VE.66.0f 60 RVM v v v"),
    VPUNPCKHBW("VE.66.0f 68 RVM v v v"),
    VPUNPCKLWD("VE.66.0f 61 RVM v v v"),
    VPUNPCKHWD("VE.66.0f 69 RVM v v v"),
    VPUNPCKLDQ("VE.66.0f.w0 62 RVM v v v*4"),
    VPUNPCKHDQ("VE.66.0f.w0 6a RVM v v v*4"),
    VPUNPCKLQDQ("VE.66.0f.w01 6c RVM v v v*8"),
    VPUNPCKHQDQ("VE.66.0f.w01 6d RVM v v v*8"),
    VUNPCKLPS("VE.np.0f.w0 14 RVM v v v*4"),
    VUNPCKHPS("VE.np.0f.w0 15 RVM v v v*4"),
    VPALIGNR("VE.66.0f3a 0f RVMI v v v"),
    VALIGND("E.66.0f3a.w0 03 RVMI v v v*4"),
    VSHUFF32X4("E.66.0f3a.w0 23 RVMI v v v*4 >=256"),
    VSHUFI32X4("E.66.0f3a.w0 43 RVMI v v v*4 >=256"),
    VPERM2F128("V.66.0f3a.w0 06 RVMI v v v =256"),
    VPERM2I128("V.66.0f3a.w0 46 RVMI v v v =256"),
    VINSERTF128("V.66.0f3a.w0 18 RVMI v v x =256"),
    VINSERTI128("V.66.0f3a.w0 38 RVMI v v x =256"),
    VINSERTF32X4("E.66.0f3a.w0 18 RVMI v v x >=256"),
    VINSERTI32X4("E.66.0f3a.w0 38 RVMI v v x >=256"),
    VINSERTF64X4("E.66.0f3a.w1 1a RVMI v v y =512"),
    VINSERTI64X4("E.66.0f3a.w1 3a RVMI v v y =512"),
    VEXTRACTF128("V.66.0f3a.w0 19 MRI x v =256"),
    VEXTRACTI128("V.66.0f3a.w0 39 MRI x v =256"),
    VEXTRACTF32X4("E.66.0f3a.w0 19 MRI x v >=256"),
    VEXTRACTI32X4("E.66.0f3a.w0 39 MRI x v >=256"),
    VEXTRACTF64X4("E.66.0f3a.w1 1b MRI y v =512"),
    VEXTRACTI64X4("E.66.0f3a.w1 3b MRI y v =512"),
    VPINSRB("VE.66.0f3a 20 RVMI x x d1 -k"),
    VPINSRW("VE.66.0f c4 RVMI x x d2 -k"),
    VPINSRD("VE.66.0f3a.w0 22 RVMI x x d4 -k"),
    VPEXTRD("VE.66.0f3a.w0 16 MRI d4 x -k"),

    // gathers: masked by a mask register, or by the third operand
    VPGATHERDD("E.66.0f38.w0 90 RM v i4 +k", "V.66.0f38.w0 90 RMV v i4 v"),
    VGATHERDPS("E.66.0f38.w0 92 RM v i4 +k", "V.66.0f38.w0 92 RMV v i4 v");

    private final String notation;

    Instruction(String... encodings) {
        notation = String.join(", ", encodings);
    }

    /** As assemblers write it; with an encoding where that alone tells it from another. */
    public String mnemonic() {
        return name().toLowerCase(Locale.ROOT).replace("vex_", "{vex} ");
    }

    /** The encodings, with commas between them. */
    String notation() {
        return notation;
    }
}
