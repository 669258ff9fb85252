package dev.wsgibridge.codec;

import dev.wsgibridge.CgiParams;
import dev.wsgibridge.Header;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The uwsgi protocol, in which nginx, Apache and lighttpd speak to uWSGI: a packet of vars, the
 * body, and the response as HTTP/1.1 has it. (nginx takes a CGI head as well, mod_proxy_uwsgi does
 * not.) Numbers have their low byte first.
 *
 * <pre>
 *  0           8           16          24          32
 * +-----------+-----------+-----------+-----------+
 * | modifier1 |       datasize        | modifier2 |
 * +-----------+-----------+-----------+-----------+
 * vars, datasize bytes of them, each
 * +-----------------------+---- … ----+-----------------------+---- … ----+
 * |       key size        |    key    |      value size       |   value   |
 * +-----------------------+---- … ----+-----------------------+---- … ----+
 * </pre>
 *
 * <p>Vars are the CGI variables of a request and nothing else: those that uWSGI obeys (UWSGI_FILE,
 * UWSGI_SCRIPT, UWSGI_CHDIR, …) have no effect. A modifier1 other than 0 asks for something else
 * than WSGI and is refused with 501, vars that are not {@code datasize} bytes long with 400, more
 * than {@link Limits#paramsBytes} bytes of them with 431.
 */
public final class UwsgiCodec extends OneRequestCodec {

  private static final int HEADER = 4;

  private final Block header = new Block(HEADER);
  private @Nullable Block vars;

  /** For one connection. */
  public UwsgiCodec(Limits limits) {
    this(limits, Quota.alone(limits));
  }

  /** For one connection, whose {@code quota} others may share. */
  public UwsgiCodec(Limits limits, Quota quota) {
    super("uwsgi", limits, quota);
  }

  @Override
  @Nullable Event params(ByteBuffer input) {
    if (vars == null) {
      byte[] packet = header.take(input);
      if (packet == null) {
        return null;
      }
      int modifier1 = packet[0] & 0xFF;
      if (modifier1 != 0) {
        return refused(
            501, "found modifier1 %s, expected 0, a request".formatted(named(modifier1)));
      }
      int datasize = number(packet, 1);
      if (datasize > limits.paramsBytes()) {
        return tooLarge(datasize);
      }
      vars = new Block(datasize);
    }
    Event full = hold(vars, input);
    if (full != null) {
      return full;
    }
    byte[] bytes = vars.take(input);
    return bytes == null ? null : vars(bytes);
  }

  private Event vars(byte[] bytes) {
    CgiParams.Builder params = CgiParams.builder(bytes);
    for (int at = 0; at < bytes.length; ) {
      int keySize = number(bytes, at);
      int valueSize = number(bytes, at + 2 + keySize);
      int end = at + 4 + keySize + valueSize;
      if (end > bytes.length) {
        return refused(
            400,
            "a var ends at byte %d, expected %d at most, the datasize"
                .formatted(end, bytes.length));
      }
      params.add(Names.of(bytes, at + 2, keySize), at + 4 + keySize, valueSize);
      at = end;
    }
    return request(params.build());
  }

  /** Two bytes; those behind the end count as 0. */
  private static int number(byte[] bytes, int at) {
    int low = at < bytes.length ? bytes[at] & 0xFF : 0;
    int high = at + 1 < bytes.length ? bytes[at + 1] & 0xFF : 0;
    return low | high << 8;
  }

  /** What a modifier1 means to uWSGI, of those that someone may have set in a front. */
  private static String named(int modifier1) {
    String meaning =
        switch (modifier1) {
          case 5 -> "Perl, PSGI";
          case 6 -> "Lua, WSAPI";
          case 7 -> "Ruby, Rack";
          case 9 -> "CGI";
          case 14 -> "PHP";
          case 30 -> "WSGI with SCRIPT_NAME cut off PATH_INFO; --split script does that";
          case 100 -> "ping";
          case 173 -> "RPC";
          default -> "";
        };
    return meaning.isEmpty() ? "" + modifier1 : "%d (%s)".formatted(modifier1, meaning);
  }

  @Override
  public void head(int id, int status, String reason, List<Header> fields, Output output) {
    output.putLatin1("HTTP/1.1 ");
    CgiHead.putRest(status, reason, fields, output);
  }
}
