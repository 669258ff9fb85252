import dev.wsgibridge.Application;
import dev.wsgibridge.Body;
import dev.wsgibridge.Environ;
import dev.wsgibridge.Header;
import dev.wsgibridge.StartResponse;
import java.io.InputStream;

/** Reads all of the environ and the body; answers with the number of the body's bytes. */
public final class Count implements Application {

  @Override
  public Body call(Environ environ, StartResponse startResponse) throws Exception {
    environ.forEach((name, value) -> {}); // as it is for Python, which gets all of them
    InputStream input = environ.input();
    byte[] block = new byte[64 * 1024];
    long count = 0;
    for (int read = input.read(block); read >= 0; read = input.read(block)) {
      count += read;
    }
    startResponse.start("200 OK", Header.of("Content-Type", "text/plain; charset=utf-8"));
    return Body.of(String.valueOf(count));
  }
}
