package dev.keiryo.assembler;

/** What an instruction works on. */
public sealed interface Operand permits Gp, Vec, Mask, Mem {}
