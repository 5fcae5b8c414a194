/** The command line: {@code keiryo COMMAND}, one class for each command; {@code keiryo --help} lists them. */
@org.jspecify.annotations.NullMarked
module dev.keiryo.cli {
    requires static org.jspecify;
    requires dev.keiryo.core;
    requires dev.keiryo.train;
    requires info.picocli;
    requires java.management;
    requires org.jline;
    requires tools.jackson.databind;

    opens dev.keiryo.cli to
            info.picocli;
}
