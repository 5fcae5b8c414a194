/** Model architectures: one file each, a forward pass written once against the transformer's own operations. */
package dev.keiryo.model;
