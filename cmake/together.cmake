# lively_together(target): where CMAKE_UNITY_BUILD asks for it, which the release preset does, files of a
# folder whose names begin in the same part of the alphabet are compiled as one: what they include and
# instantiate alike, which is most of a small file, is compiled once. A new file meets none but those of
# its part; a local name that one of them has as well is an error then (functions with other parameters
# overload). Files with options of their own stay alone, and those with the property
# SKIP_UNITY_BUILD_INCLUSION. All other presets compile every file alone, and the clang preset without
# precompiled headers, so that each has to include what it uses.
function(lively_together target)
  get_target_property(sources ${target} SOURCES)
  list(FILTER sources INCLUDE REGEX "\\.cpp$")
  foreach(source IN LISTS sources)
    get_filename_component(path ${source} ABSOLUTE)
    file(RELATIVE_PATH path ${PROJECT_SOURCE_DIR} ${path})
    get_filename_component(folder ${path} DIRECTORY)
    get_filename_component(name ${path} NAME)
    set(part a)
    foreach(first d m q)
      if(name STRGREATER_EQUAL first)
        set(part ${first})
      endif()
    endforeach()
    string(MAKE_C_IDENTIFIER "${folder}_from_${part}" group)
    set_source_files_properties(${source} PROPERTIES UNITY_GROUP ${group})
  endforeach()
  set_target_properties(${target} PROPERTIES UNITY_BUILD_MODE GROUP)
endfunction()
