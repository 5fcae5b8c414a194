/** Conversations: messages and tools rendered as a model was trained to read them, and its answers taken apart. */
package dev.keiryo.chat;
