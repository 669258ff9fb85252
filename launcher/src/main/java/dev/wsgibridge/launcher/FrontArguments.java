package dev.wsgibridge.launcher;

import dev.wsgibridge.CgiParams.Split;
import dev.wsgibridge.CgiParams.Trust;
import dev.wsgibridge.jetty.Bind;
import dev.wsgibridge.jetty.GatewayOptions;
import dev.wsgibridge.jetty.GatewayOptions.Ajp;
import dev.wsgibridge.jetty.GatewayProtocol;
import dev.wsgibridge.jetty.SocketAccess;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.TypeConversionException;

/**
 * What the user wrote of the front web server.
 *
 * @param split where SCRIPT_NAME and PATH_INFO come from; null where nothing is said
 * @param remoteUser whether its REMOTE_USER is believed
 * @param allowFrom addresses of those who may connect; empty where nothing is said
 * @param chmodSocket the mode of Unix domain sockets; null where nothing is said
 * @param chownSocket their owner and group; null where nothing is said
 * @param errorsToFront whether {@code wsgi.errors} goes to the front too
 * @param headerMap what becomes of headers with an underscore
 * @param ajpSecret what AJP fronts must know; null where nothing is said
 * @param ajpAttributes names of AJP request attributes that are taken
 * @param ajpPacketSize of packets to AJP fronts, in bytes
 */
record FrontArguments(
    @Nullable Split split,
    boolean remoteUser,
    List<String> allowFrom,
    @Nullable String chmodSocket,
    @Nullable String chownSocket,
    boolean errorsToFront,
    HeaderMap headerMap,
    @Nullable String ajpSecret,
    List<String> ajpAttributes,
    int ajpPacketSize) {

  /** What becomes of request headers whose names have an underscore. */
  enum HeaderMap {
    DROP,
    DANGEROUS
  }

  static final String SPLIT = "--split";
  static final String REMOTE_USER = "--remote-user";
  static final String ALLOW_FROM = "--allow-from";
  static final String CHMOD_SOCKET = "--chmod-socket";
  static final String CHOWN_SOCKET = "--chown-socket";
  static final String ERRORS_TO_FRONT = "--errors-to-front";
  static final String HEADER_MAP = "--header-map";
  static final String AJP_SECRET = "--ajp-secret";
  static final String AJP_ATTRIBUTE = "--ajp-attribute";
  static final String AJP_PACKET_SIZE = "--ajp-packet-size";

  /** As the FastCGI specification names it, 3.2. */
  private static final String WEB_SERVER_ADDRS = "FCGI_WEB_SERVER_ADDRS";

  private static final String AJP_SECRET_VARIABLE = "WSGI_BRIDGE_AJP_SECRET";

  /** The options, in the order of the help. */
  static List<OptionSpec> options() {
    return List.of(
        OptionSpec.builder(SPLIT)
            .paramLabel("HOW")
            .type(Split.class)
            .converters((ITypeConverter<Split>) text -> oneOf(Split.values(), text))
            .description(
                "where SCRIPT_NAME and PATH_INFO come from: mount: the request's URI, below --script-name; script: the request's URI, below the front's SCRIPT_NAME; front: the front, as they are (default: mount; script where the front starts this process, with a socket on fd 0 or by CGI)")
            .build(),
        flag(REMOTE_USER, "believe the front's REMOTE_USER and AUTH_TYPE"),
        Arguments.repeatable(
            ALLOW_FROM,
            "ADDR",
            "who may connect to gateway protocols by TCP: 10.0.0.1, 10.0.0.0/8; repeatable (default: anyone; for fcgi the variable "
                + WEB_SERVER_ADDRS
                + ", separated by commas)"),
        Arguments.single(
            CHMOD_SOCKET,
            "MODE",
            "the mode of Unix domain sockets: who may write to one may connect (default: 660, this user and its group)"),
        Arguments.single(
            CHOWN_SOCKET,
            "USER[:GROUP]",
            "the owner of Unix domain sockets; :GROUP for the group alone, such as the front's"),
        flag(ERRORS_TO_FRONT, "send what is written to wsgi.errors to the front's log too (fcgi)"),
        OptionSpec.builder(HEADER_MAP)
            .paramLabel("HOW")
            .type(HeaderMap.class)
            .converters((ITypeConverter<HeaderMap>) text -> oneOf(HeaderMap.values(), text))
            .description(
                "request headers whose names have an underscore, over http and ajp: drop, or dangerous: let them pass for those with a dash (default: drop)")
            .build(),
        Arguments.single(
            AJP_SECRET,
            "SECRET",
            "what AJP fronts must know; needed unless it listens at 127.0.0.1 or a Unix domain socket (default: the variable "
                + AJP_SECRET_VARIABLE
                + ", which no list of processes shows)"),
        Arguments.repeatable(
            AJP_ATTRIBUTE, "NAME", "a request attribute of AJP fronts to take over; repeatable"),
        OptionSpec.builder(AJP_PACKET_SIZE)
            .paramLabel("BYTES")
            .type(Integer.class)
            .description(
                "the size of packets to AJP fronts, 8192 to 65536: what they take (default: 8192)")
            .build());
  }

  private static OptionSpec flag(String name, String description) {
    return OptionSpec.builder(name).type(boolean.class).description(description).build();
  }

  private static <E extends Enum<E>> E oneOf(E[] values, String text) {
    for (E value : values) {
      if (word(value).equals(text)) {
        return value;
      }
    }
    throw new TypeConversionException(
        "found '%s', expected one of %s"
            .formatted(
                text,
                Arrays.stream(values).map(FrontArguments::word).collect(Collectors.joining(", "))));
  }

  private static String word(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }

  /** Reads the command line. */
  static FrontArguments of(ParseResult parsed) {
    return new FrontArguments(
        parsed.matchedOptionValue(SPLIT, (Split) null),
        parsed.hasMatchedOption(REMOTE_USER),
        parsed.matchedOptionValue(ALLOW_FROM, List.of()),
        parsed.matchedOptionValue(CHMOD_SOCKET, (String) null),
        parsed.matchedOptionValue(CHOWN_SOCKET, (String) null),
        parsed.hasMatchedOption(ERRORS_TO_FRONT),
        parsed.matchedOptionValue(HEADER_MAP, HeaderMap.DROP),
        parsed.matchedOptionValue(AJP_SECRET, (String) null),
        parsed.matchedOptionValue(AJP_ATTRIBUTE, List.of()),
        parsed.matchedOptionValue(AJP_PACKET_SIZE, Ajp.DEFAULT.packetBytes()));
  }

  /**
   * How gateway protocols are to be spoken.
   *
   * @param scriptName the prefix that the user named, empty for none
   * @param environment variables of the process
   */
  GatewayOptions gateway(List<Bind> binds, String scriptName, Map<String, String> environment)
      throws RefusedException {
    GatewayOptions defaults = GatewayOptions.DEFAULT;
    List<String> allow = allowFrom;
    String source = "--";
    if (allow.isEmpty() && binds.stream().anyMatch(at -> at.protocol() == GatewayProtocol.FCGI)) {
      allow = listed(environment.getOrDefault(WEB_SERVER_ADDRS, ""));
      source = WEB_SERVER_ADDRS + ": ";
    }
    try {
      return new GatewayOptions(
          new Trust(
              split(
                  binds.stream().anyMatch(at -> at.address() instanceof Bind.Inherited),
                  scriptName),
              remoteUser),
          defaults.limits(),
          defaults.idleTimeout(),
          defaults.keepAlive(),
          allow,
          errorsToFront,
          headerMap == HeaderMap.DANGEROUS,
          new Ajp(secret(environment), Set.copyOf(ajpAttributes), ajpPacketSize));
    } catch (IllegalArgumentException e) {
      throw new RefusedException(source + e.getMessage(), e);
    }
  }

  private static List<String> listed(String addresses) {
    return Arrays.stream(addresses.split(",", -1))
        .map(String::strip)
        .filter(address -> !address.isEmpty())
        .toList();
  }

  /**
   * Where SCRIPT_NAME and PATH_INFO come from.
   *
   * @param started whether the front has started this process, and so knows where it stands
   */
  Split split(boolean started, String scriptName) throws RefusedException {
    if (split == null) {
      return started && scriptName.isEmpty() ? Split.SCRIPT : Split.MOUNT;
    }
    if (split != Split.MOUNT && !scriptName.isEmpty()) {
      throw new RefusedException(
          "%s: found %s and --script-name, expected one of them: with %2$s the prefix is the front's SCRIPT_NAME"
              .formatted(SPLIT, word(split)));
    }
    return split;
  }

  private @Nullable String secret(Map<String, String> environment) throws RefusedException {
    if (ajpSecret != null && ajpSecret.isEmpty()) {
      throw new RefusedException(AJP_SECRET + ": found an empty one, expected a secret");
    }
    String variable = environment.getOrDefault(AJP_SECRET_VARIABLE, "");
    return ajpSecret != null ? ajpSecret : variable.isEmpty() ? null : variable;
  }

  /** Who may connect to Unix domain sockets. */
  SocketAccess unixSockets() throws RefusedException {
    try {
      SocketAccess access = SocketAccess.DEFAULT;
      if (chmodSocket != null) {
        access = access.chmod(chmodSocket);
      }
      return chownSocket == null ? access : access.chown(chownSocket);
    } catch (IllegalArgumentException e) {
      throw new RefusedException("--" + e.getMessage(), e);
    }
  }

  /** Without the secret. */
  @Override
  public String toString() {
    return "FrontArguments[%s, remote user %s, allow from %s, %s]"
        .formatted(split, remoteUser, allowFrom, headerMap);
  }
}
