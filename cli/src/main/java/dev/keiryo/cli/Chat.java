package dev.keiryo.cli;

import dev.keiryo.Keiryo;
import dev.keiryo.LanguageModel;
import dev.keiryo.cache.OutOfPagesException;
import dev.keiryo.cache.PagePool;
import dev.keiryo.chat.ChatEvent;
import dev.keiryo.chat.ChatTemplate;
import dev.keiryo.chat.Message;
import dev.keiryo.chat.Truncation;
import dev.keiryo.engine.Sequence;
import dev.keiryo.generate.Generation;
import dev.keiryo.generate.SamplerDefaults;
import dev.keiryo.generate.SamplerPreset;
import dev.keiryo.model.Transformer.Kind;
import dev.keiryo.tokenizer.Tokenizer;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code keiryo chat}: a conversation. */
@Command(
        name = "chat",
        description = "Holds a conversation with a model.",
        footer = "Inside, /help lists the commands. Where standard input is no terminal, each line of it is a message.")
final class Chat implements Callable<Integer> {
    @Mixin
    private ModelArgument model = new ModelArgument();

    @Option(names = "--system", paramLabel = "TEXT", description = "The system prompt.")
    private String system = "";

    @Option(
            names = "--chat-template",
            paramLabel = "FILE",
            description = "A Jinja template in place of the model's own; for models that have none.")
    private @Nullable Path templateFile;

    @Option(
            names = {"-n", "--max-tokens"},
            paramLabel = "N",
            description = "Tokens of an answer at most. Default: ${DEFAULT-VALUE}")
    private int maxTokens = 1024;

    @Mixin
    private SamplerOptions sampler = new SamplerOptions();

    @Option(
            names = "--seed",
            paramLabel = "S",
            description = "Seed of the random numbers. Default: another one for each answer")
    private @Nullable Long seed;

    @Mixin
    private StopOptions stops = new StopOptions();

    @Mixin
    private DraftOptions draft = new DraftOptions();

    @Option(
            names = "--ctx",
            paramLabel = "N",
            description = "Tokens that the conversation may take. Default: the model's limit, at most 8192")
    private int context;

    @Mixin
    private ForgettingOptions forgetting = new ForgettingOptions();

    @Option(
            names = "--truncate",
            paramLabel = "HOW",
            description = {
                "What gives way where the conversation outgrows that: ${COMPLETION-CANDIDATES}.",
                "The system prompt always stays. Default: ${DEFAULT-VALUE}"
            })
    private Truncation truncation = Truncation.OLDEST;

    @Option(
            names = "--thinking",
            negatable = true,
            description = "Asks a model that can think before it speaks to do so, or not to.")
    private @Nullable Boolean thinking;

    @Mixin
    private ToolOptions tools = new ToolOptions();

    @Option(names = "--load", paramLabel = "FILE", description = "Goes on with a conversation that /save has written.")
    private @Nullable Path file;

    @Option(names = "--no-history", description = "Does not keep what is typed for the next time.")
    private boolean noHistory;

    @Option(names = "--quiet", description = "Prints answers, and nothing else.")
    private boolean quiet;

    @Override
    public Integer call() throws IOException {
        ChatSettings settings =
                new ChatSettings(sampler.chain(SamplerPreset.CHAT.chain()), maxTokens, seed, stops.stops(), truncation);
        settings.setThinking(thinking);
        draft.check();
        forgetting.check(draft);
        settings.setWhenFull(forgetting.whenFull(), forgetting.keepGiven());
        settings.setToolChoice(tools.choice());
        if (context < 0) {
            throw new UsageException("--ctx should be at least 1, but is " + context);
        }
        try (LanguageModel loaded = load();
                DraftOptions drafts = draft;
                ChatInput input = input()) {
            settings.setChain(sampler.chain(
                    SamplerDefaults.of(loaded.engine().checkpoint().metadata(), SamplerPreset.CHAT.chain())));
            settings.setSpeculation(drafts.speculation(loaded, model.options()));
            ChatScreen screen = screen(input);
            Path cache = forgetting.promptCache();
            if (cache != null && Files.exists(cache)) {
                screen.note(loaded.engine().restore(cache) + " tokens known from " + cache);
            }
            requireForgetting(loaded);
            ChatTemplate template = template(loaded, settings, screen);
            ChatSession session = new ChatSession(
                    loaded, template, settings, context(loaded), LocalDateTime.now(ZoneId.systemDefault()));
            session.setSystem(system);
            session.setTools(tools.tools());
            ChatCommands commands = new ChatCommands(session, screen, model.name());
            screen.note(model.name() + ", " + context(loaded) + " tokens of context; /help lists the commands");
            if (file != null) {
                commands.run("/load " + file);
            }
            converse(input, session, commands, screen);
            if (cache != null) {
                screen.note(session.keep(cache) + " tokens kept in " + cache);
            }
        }
        return 0;
    }

    private LanguageModel load() throws IOException {
        LanguageModel loaded = Keiryo.load(model.path(), model.options().withPrefixMemory(PagePool.UNLIMITED));
        Kind kind = loaded.engine().transformer().kind();
        if (kind != Kind.DECODER) {
            loaded.close();
            throw new UsageException(model.name() + " is an "
                    + kind.name().toLowerCase(Locale.ROOT).replace('_', '-') + ", which holds no conversations; "
                    + (kind == Kind.ENCODER ? "see keiryo logits" : "see keiryo run"));
        }
        return loaded;
    }

    /** Says at once what would fail in the middle of an answer. */
    private void requireForgetting(LanguageModel loaded) {
        try (Sequence sequence = loaded.engine().newSequence(context(loaded))) {
            forgetting.whenFull().begin(sequence);
        }
    }

    private int context(LanguageModel loaded) {
        int limit = loaded.engine().transformer().shape().context();
        return context > 0 ? context : Math.min(limit, 8192);
    }

    private ChatInput input() throws IOException {
        if (Terminal.isStandardInput() && Terminal.isStandardOutput()) {
            Path history = noHistory ? null : StateFolder.of(System.getenv()).resolve("chat_history");
            return new ChatTerminal(
                    ChatTerminal.open(), history, Style.wanted(Terminal.isStandardOutput(), System.getenv()));
        }
        return new ChatInput.Piped(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    }

    private ChatScreen screen(ChatInput input) {
        if (input instanceof ChatTerminal terminal) {
            boolean styled = Style.wanted(true, System.getenv());
            return new ChatScreen(terminal.writer(), terminal.writer(), styled, quiet);
        }
        PrintWriter out = new PrintWriter(new OutputStreamWriter(System.out, StandardCharsets.UTF_8));
        PrintWriter err = new PrintWriter(new OutputStreamWriter(System.err, StandardCharsets.UTF_8));
        return new ChatScreen(out, err, false, quiet);
    }

    private ChatTemplate template(LanguageModel loaded, ChatSettings settings, ChatScreen screen) throws IOException {
        Tokenizer tokenizer = loaded.tokenizer();
        String bos = tokenizer.bos() < 0 ? "" : tokenizer.piece(tokenizer.bos());
        String eos = tokenizer.eos() < 0 ? "" : tokenizer.piece(tokenizer.eos());
        if (templateFile != null) {
            return ChatTemplate.parse(templateFile.toString(), Files.readString(templateFile), bos, eos);
        }
        if (PlainDialogue.isAllThatIsKnown(loaded)) {
            screen.note(
                    model.name() + " carries no chat template, so this is a dialogue in plain text, which it continues;"
                            + " --chat-template FILE gives it one");
            settings.setStops(PlainDialogue.stops(settings.stops()));
            return PlainDialogue.template(bos, eos);
        }
        return ChatTemplate.of(loaded);
    }

    static void converse(ChatInput input, ChatSession session, ChatCommands commands, ChatScreen screen)
            throws IOException {
        for (String text = input.next(); text != null; text = input.next()) {
            ChatCommands.Next next = new ChatCommands.Next.Read();
            if (ChatCommands.isCommand(text)) {
                next = commands.run(text);
            } else if (!text.isEmpty()) {
                next = new ChatCommands.Next.Say(Message.user(text.startsWith("//") ? text.substring(1) : text));
            }
            switch (next) {
                case ChatCommands.Next.Read read -> {}
                case ChatCommands.Next.Say say -> answer(say.message(), input, session, screen);
                case ChatCommands.Next.Exit exit -> {
                    return;
                }
            }
        }
    }

    private static void answer(Message message, ChatInput input, ChatSession session, ChatScreen screen) {
        Answer answer = new Answer(screen);
        input.answering(() -> answer.stopped = true);
        try {
            Generation generation = session.say(message, answer);
            screen.endAnswer();
            switch (generation.reason()) {
                case END_OF_TEXT, STOP_STRING -> {}
                default ->
                    screen.note(
                            generation.reason().name().toLowerCase(Locale.ROOT).replace('_', ' '));
            }
            if (!session.openCalls().isEmpty()) {
                screen.note("/result TEXT answers "
                        + ChatScreen.text(session.openCalls().getFirst()).substring(2));
            }
        } catch (IOException | IllegalArgumentException | OutOfPagesException e) {
            screen.endAnswer();
            screen.fault(Main.message(e));
        }
    }

    private static final class Answer implements ChatSession.Listener {
        private final ChatScreen screen;
        private volatile boolean stopped;

        Answer(ChatScreen screen) {
            this.screen = screen;
        }

        @Override
        public void left(List<Message> gone) {
            screen.note(gone.size() + " older messages no longer fit the context");
        }

        @Override
        public void event(ChatEvent event) {
            screen.show(event);
        }

        @Override
        public boolean goesOn() {
            return !stopped;
        }
    }
}
