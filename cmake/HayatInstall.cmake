# cmake --install BUILD [--prefix /usr]: where the FHS and Debian want things.  DESTDIR stages a tree.  What a site edits
# (/etc/hayat) is nobody's to overwrite: examples only; tools/install puts the first ones in place.
include(GNUInstallDirs)

set(HAYAT_INSTALLED hayatd hayatctl hayat hayat-paper hayat-check hayat-courier hayat-auditverify)

install(TARGETS hayatd hayat-courier RUNTIME DESTINATION ${CMAKE_INSTALL_SBINDIR})
install(TARGETS hayatctl hayat hayat-auditverify RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
# Spawned by the others, by nobody else; helper_find looks there.
install(TARGETS hayat-paper hayat-check RUNTIME DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/hayat)
install(PROGRAMS deploy/hayat-admin DESTINATION ${CMAKE_INSTALL_SBINDIR})

# Not LIBDIR: on a multiarch system that is another one.  The units say /usr.
install(FILES deploy/systemd/hayatd.service deploy/systemd/hayat-courier.service
              deploy/systemd/hayat-copy.service deploy/systemd/hayat-copy.timer DESTINATION lib/systemd/system)
install(FILES deploy/systemd/hayat.sysusers DESTINATION lib/sysusers.d RENAME hayat.conf)

install(FILES deploy/examples/hayatd.conf deploy/examples/courier.conf DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples)
install(DIRECTORY docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES README.md ARCHITECTURE.md SECURITY.md CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} RENAME copyright)
