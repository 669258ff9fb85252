package dev.wsgibridge.launcher;

import java.io.PrintStream;
import java.nio.file.Path;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/** {@code wsgi-bridge check}: tries what is to be served. */
final class Check implements Subcommand {

  @Override
  public CommandSpec spec() {
    CommandSpec spec =
        CommandSpec.create()
            .mixinStandardHelpOptions(true)
            .versionProvider(new Versions())
            .addPositional(
                PositionalParamSpec.builder()
                    .paramLabel("FILE.war")
                    .type(String.class)
                    .required(true)
                    .hidden(true)
                    .build())
            .addOption(CheckWar.path());
    spec.usageMessage()
        .sortOptions(false)
        .autoWidth(true)
        .header("Tries a WAR: deploys it in an embedded Jetty and asks it for a page.")
        .synopsisHeading("%nUsage: ")
        .customSynopsis("${COMMAND-FULL-NAME} [OPTIONS] FILE.war")
        .optionListHeading("%nOptions:%n");
    return spec;
  }

  @Override
  public int run(ParseResult parsed, PrintStream out)
      throws RefusedException, InterruptedException {
    return CheckWar.run(parsed, Path.of(parsed.matchedPositionalValue(0, "")), out);
  }
}
