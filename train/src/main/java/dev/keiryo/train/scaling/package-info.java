/** How loss falls with size and data: a law fitted to small models, and what it says of a budget. */
package dev.keiryo.train.scaling;
