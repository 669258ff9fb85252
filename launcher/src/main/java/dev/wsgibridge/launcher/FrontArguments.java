package dev.wsgibridge.launcher;

import dev.wsgibridge.CgiParams.Split;
import dev.wsgibridge.CgiParams.Trust;
import dev.wsgibridge.jetty.Bind;
import dev.wsgibridge.jetty.GatewayOptions;
import dev.wsgibridge.jetty.GatewayOptions.Ajp;
import dev.wsgibridge.jetty.GatewayProtocol;
import dev.wsgibridge.jetty.SocketAccess;
import dev.wsgibridge.options.Option;
import dev.wsgibridge.options.Settings;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

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

  /** As the FastCGI specification names it, 3.2. */
  private static final String WEB_SERVER_ADDRS = "FCGI_WEB_SERVER_ADDRS";

  private static String word(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }

  /** What is in force. */
  static FrontArguments of(Settings settings) {
    String split = settings.text(Option.SPLIT);
    return new FrontArguments(
        split == null ? null : Split.valueOf(split.toUpperCase(Locale.ROOT)),
        settings.flag(Option.REMOTE_USER),
        settings.texts(Option.ALLOW_FROM),
        settings.text(Option.CHMOD_SOCKET),
        settings.text(Option.CHOWN_SOCKET),
        settings.flag(Option.ERRORS_TO_FRONT),
        HeaderMap.valueOf(settings.text(Option.HEADER_MAP, "").toUpperCase(Locale.ROOT)),
        settings.text(Option.AJP_SECRET),
        settings.texts(Option.AJP_ATTRIBUTE),
        settings.number(Option.AJP_PACKET_SIZE));
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
          new Ajp(secret(), Set.copyOf(ajpAttributes), ajpPacketSize));
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
              .formatted(Option.SPLIT.flag(), word(split)));
    }
    return split;
  }

  private @Nullable String secret() throws RefusedException {
    if (ajpSecret != null && ajpSecret.isEmpty()) {
      throw new RefusedException(
          Option.AJP_SECRET.flag() + ": found an empty one, expected a secret");
    }
    return ajpSecret;
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
