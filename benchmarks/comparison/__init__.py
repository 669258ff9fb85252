"""benchmarks/compare: WSGI Bridge and its peers on one machine, in one run, in turn.

    command.py      the options; the document that comes out
      │
    measuring.py    Family ► Row ► Subject: each row's subjects are warmed up, then measured A B C A B C …
      │
      ├ servlets.py      1. the bridge itself: a bare servlet, WsgiServlet, WsgiFilter (Servlets.java)
      ├ fronts.py        2. behind one nginx
      ├ python_apps.py   3. the same Python files on every server (apps/)
      ├ files.py         4. files
      ├ scale.py         5. many connections, many params, large bodies
      └ starts.py        from the command to the first answer
      │
    load.py         one request, and whether its answer is right; many of them, by wrk
    machine.py      processes: started, counted, ended by their ids; packages, versions, the machine

    report.py       text, and a page: pure functions of the document
      ├ targets.py      what we want to reach, and what is reached
      └ charts.py       SVG
"""
