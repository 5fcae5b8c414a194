/** Files as bytes: mapped for reading with every field bounds-checked, and replaced whole when written. */
package dev.keiryo.file;
