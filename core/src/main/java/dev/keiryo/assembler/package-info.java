/** Machine code for x86-64: a small assembler, executable memory, calls into it, and what the processor can do. */
package dev.keiryo.assembler;
