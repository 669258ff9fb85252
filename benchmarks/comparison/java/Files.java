import dev.wsgibridge.Application;
import dev.wsgibridge.Body;
import dev.wsgibridge.Environ;
import dev.wsgibridge.Header;
import dev.wsgibridge.StartResponse;
import java.nio.file.Path;

/** The files of $FILES, as apps/files_app.py answers with them. */
public final class Files implements Application {

  private final Path folder = Path.of(System.getenv("FILES"));

  @Override
  public Body call(Environ environ, StartResponse startResponse) throws Exception {
    Path file = folder.resolve(environ.pathInfo().substring(1));
    startResponse.start(
        "200 OK",
        Header.of("Content-Type", "application/octet-stream"),
        Header.of("Content-Length", String.valueOf(java.nio.file.Files.size(file))));
    return Body.of(file);
  }
}
