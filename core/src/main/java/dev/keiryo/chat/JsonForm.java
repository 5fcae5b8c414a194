package dev.keiryo.chat;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A call as a JSON object.
 *
 * @param name the member that names the tool
 * @param arguments the member that holds the arguments
 * @param before what may stand before the name
 * @param behind what may stand behind the arguments
 * @param none names by which a model says that it calls no tool
 */
record JsonForm(
        String name,
        String arguments,
        @Nullable Extra before,
        @Nullable Extra behind,
        List<String> none) {
    static final JsonForm USUAL = new JsonForm("name", "arguments", null, null, List.of());
    static final JsonForm LLAMA3 =
            new JsonForm("name", "parameters", new Extra("type", "\"function\""), null, List.of());
    static final JsonForm MISTRAL =
            new JsonForm("name", "arguments", null, new Extra("id", "\"[a-zA-Z0-9]{9}\""), List.of());
    static final JsonForm COMMAND_R = new JsonForm(
            "tool_name",
            "parameters",
            new Extra("tool_call_id", "\"[0-9]{1,4}\""),
            null,
            List.of("directly_answer", "directly-answer"));

    JsonForm {
        none = List.copyOf(none);
    }

    /**
     * A member that may be there.
     *
     * @param value a regular expression of its JSON
     */
    record Extra(String key, String value) {}
}
