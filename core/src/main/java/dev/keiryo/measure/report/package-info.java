/** Measurements as one page of HTML with plots, which needs no other file. */
package dev.keiryo.measure.report;
