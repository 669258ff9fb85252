package dev.wsgibridge.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wsgibridge.launcher.Tree.Kind;
import dev.wsgibridge.launcher.Tree.Reason;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TreeTest {

  @TempDir private Path folder;

  private @Nullable Reason reason(Kind kind, String name) {
    return kind.reason(name, folder.resolve(name));
  }

  @ParameterizedTest
  @CsvSource({
    "KEY, 'server.pem, conf/server.KEY, a.p8, a.p12, a.pfx, a.der, a.ppk, a.jks, a.keystore, a.kdbx, a.gpg'",
    "KEY, 'id_rsa, id_dsa, id_ecdsa, id_ecdsa_sk, conf/id_ed25519, htpasswd'",
    "SETTINGS, 'prod.env, conf/prod.env.local'",
    "DATABASE, 'db.sqlite3, db.sqlite3-wal, db.sqlite3-shm, db.sqlite3-journal, a.sqlite, a.db, a.db-wal, a.dump'",
    "DATABASE, 'dump.sql, mydump-2026.sql, backup.sql, site.sql.gz'",
    "BACKUP, 'settings.py~, #settings.py#, settings.py.bak, a.orig, a.rej, a.swp'",
    "LOG, 'debug.log, debug.log.1, debug.log.2.gz, java_pid1.hprof, nohup.out'",
    "ARCHIVE, site.war",
  })
  void secretsAndLeftoversStayAtHome(Reason reason, String names) {
    for (String name : names.split(", ", -1)) {
      assertThat(reason(Kind.APPLICATION, name)).as(name).isEqualTo(reason);
      assertThat(reason(Kind.STATIC, name)).as(name).isEqualTo(reason);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "schema.sql", "migrations/env.py", "shop.env.py", "id_rsa.pub", "keys.py", "dump.py",
        "logs.py", "dbase", "environment.txt", "catalog.json", "ca.crt", "env"
      })
  void whatAnApplicationNeedsGoesAlong(String name) {
    assertThat(reason(Kind.APPLICATION, name)).isNull();
  }

  @Test
  void packagesKeepTheirs() {
    assertThat(reason(Kind.PACKAGES, "certifi/cacert.pem")).isNull();
  }
}
